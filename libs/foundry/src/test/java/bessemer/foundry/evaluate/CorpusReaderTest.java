package bessemer.foundry.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.evaluate.CorpusReader.Scored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusReaderTest {
  private static final LanguagePair PAIR = new LanguagePair("eng_Latn", "fra_Latn");

  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private ParallelText table(Path file) throws IOException {
    return CorpusReader.table(file, Columns.STANDARD, "eng_Latn", "fra_Latn");
  }

  @Test
  void readsFilesLineByLine() throws IOException {
    Path source = file("a.eng", "one\n\nthree \n");
    ParallelText text =
        CorpusReader.plain(
            source, List.of(file("a.fra", "un\n\ntrois\n"), file("b.fra", "UN\n–\n3")), PAIR);
    assertThat(text.sources()).containsExactly("one", "", "three");
    assertThat(text.segments().get(2).references()).containsExactly("trois", "3");
    assertThat(text.segments().get(2).place()).isEqualTo("a.eng, line 3");
    assertThat(text.pairs()).containsExactly(PAIR);
  }

  @Test
  void readsTablesWithALanguagePairALine() throws IOException {
    Path tsv =
        file(
            "c.tsv",
            "from\tto\tsource\treference\teng\n"
                + "eng_Latn\tfra_Latn\tone\tun\tx\n"
                + "\tdeu_Latn\t\"two\"\tzwei\t \n");
    ParallelText text = table(tsv);
    assertThat(text.pairs()).containsExactly(PAIR, new LanguagePair("eng_Latn", "deu_Latn"));
    assertThat(text.sources()).containsExactly("one", "\"two\"");
    assertThat(text.segments().get(1).place()).isEqualTo("c.tsv, line 3");

    Path json =
        file(
            "c.jsonl",
            """
            {"source": "one", "reference": ["un", "une"], "id": 7}
            {"source": "two", "reference": "deux", "to": "deu_Latn"}
            """);
    ParallelText lines = table(json);
    assertThat(lines.segments().getFirst().references()).containsExactly("un", "une");
    assertThat(lines.pairs()).extracting(LanguagePair::to).containsExactly("fra_Latn", "deu_Latn");
  }

  @Test
  void takesColumnsByNumberWhereThereIsNoHeader() throws IOException {
    Path tsv = file("c.tsv", "one\tun\tune\ntwo\t\tdeux\n");
    var columns = new Columns("1", List.of("2", "3"), "2", "from", "to");
    ParallelText text = CorpusReader.table(tsv, columns, "eng_Latn", "fra_Latn");
    assertThat(text.segments())
        .extracting(Segment::references)
        .containsExactly(List.of("un", "une"), List.of("deux"));
  }

  @Test
  void readsTranslationsBesideTheirReferences() throws IOException {
    Path tsv = file("h.tsv", "hypothesis\treference\na\tb\n\tc\n");
    Scored scored = CorpusReader.scored(tsv, Columns.STANDARD);
    assertThat(scored.hypotheses()).containsExactly("a", "");
    assertThat(scored.corpus().references()).containsExactly(List.of("b"), List.of("c"));
  }

  @Test
  void namesFileAndLineOfWhatIsWrong() throws IOException {
    refused(
        file("a.tsv", "source\treference\nx\n"), "a.tsv, line 2: 1 columns, the first line has 2");
    refused(
        file("b.tsv", "source\tref\nx\ty\n"),
        "b.tsv, line 2: there is no text \"reference\"; it has source, ref");
    refused(file("c.tsv", "source\treference\nx\t\n"), "c.tsv, line 2: no reference in reference");
    refused(file("d.tsv", "source\tsource\nx\ty\n"), "d.tsv, line 1: two columns \"source\"");
    refused(file("e.tsv", "source\treference\n"), "has no line below its header");
    refused(
        file("a.jsonl", "{\"source\": \"x\", \"reference\": \"y\"}\n{\n"),
        "a.jsonl, line 2 is not JSON");
    refused(file("b.jsonl", "[1]\n"), "b.jsonl, line 1 is not a JSON object");
    refused(
        file("c.jsonl", "{\"source\": 5, \"reference\": \"y\"}\n"),
        "c.jsonl, line 1: there is no text \"source\"; it has reference");
    refused(
        file("d.jsonl", "{\"source\": \"a\\nb\", \"reference\": \"y\"}\n"),
        "d.jsonl, line 1: a text has a line break");
    refused(
        file("e.jsonl", "{\"source\": [\"a\", \"b\"], \"reference\": \"y\"}\n"),
        "e.jsonl, line 1: \"source\" must be one text, is a list of 2");
    refused(file("f.csv", "x\n"), ".tsv or .jsonl");
    refused(file("g.tsv", ""), "g.tsv is empty");
    assertThatThrownBy(() ->
            CorpusReader.table(
                file("h.jsonl", "{\"source\":\"a\",\"reference\":\"b\"}"),
                Columns.STANDARD,
                null,
                "x"))
        .hasMessageContaining("h.jsonl, line 1: its language is not known: name it with --from");
    assertThatThrownBy(
            () -> CorpusReader.plain(file("s", "a\nb\n"), List.of(file("r", "a\n")), PAIR))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("has 2 lines")
        .hasMessageContaining("line 2 of the longer one has no counterpart");
  }

  private void refused(Path file, String message) {
    assertThatThrownBy(() -> table(file))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining(message);
  }
}
