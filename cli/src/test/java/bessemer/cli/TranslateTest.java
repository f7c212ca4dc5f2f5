package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A tiny translator of letters; what it should say was recorded with transformers.
class TranslateTest {
  private static final Path MODEL =
      Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  private static final Path PACKS = Path.of("../libs/foundry/src/test/resources/packs");
  private static final String NAME = "nllb-trained";
  private static final Path LINGO_LITE = MODEL.resolveSibling("lingolite-trained");

  @TempDir Path folder;
  private Session session;

  @BeforeEach
  void open() {
    session = new Session(folder);
  }

  @Test
  void printsTheTranslationAlone() {
    Done done = session.run("translate", MODEL, "a b c", "--from", "English", "--to", "fr");
    assertThat(done.out()).isEqualTo("l s b b\n");
    assertThat(done.err()).contains("1 texts in");
    assertThat(done.code()).isZero();
  }

  @Test
  void searchesWithBeams() {
    Done done =
        session.run(
            "translate",
            MODEL,
            "h e l l o",
            "--from",
            "eng_Latn",
            "--to",
            "fra_Latn",
            "--beams",
            "4",
            "--max-tokens",
            "32",
            "--json");
    JsonNode json = new JsonMapper().readTree(done.out());
    assertThat(json.get("translations").get(0).asString()).isEqualTo("m p q q n");
    assertThat(json.get("to").asString()).isEqualTo("fra_Latn");
  }

  @Test
  void translatesTheLinesOfAFileInTheirOrder() throws IOException {
    Path lines = Files.writeString(folder.resolve("lines"), "q\n\na b c\n");
    Path out = folder.resolve("out");
    Done done =
        session.run(
            "translate",
            MODEL,
            "--from",
            "en",
            "--to",
            "French",
            "--file",
            lines,
            "--out",
            out,
            "--batch",
            "1");
    assertThat(done.code()).isZero();
    assertThat(done.out()).isEmpty();
    assertThat(Files.readAllLines(out)).hasSize(3).element(1).isEqualTo("");
    assertThat(Files.readAllLines(out).getLast()).isEqualTo("l s b b");
  }

  @Test
  void suggestsALanguageWhereThereIsATypo() {
    Done done = session.run("translate", MODEL, "a", "--from", "Englsh", "--to", "fr");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("\"Englsh\"; did you mean eng_Latn English");
  }

  @Test
  void refusesALanguageModel() {
    Path llama = Session.GOLDENS.resolve("llama-tied");
    Done done = session.run("translate", llama, "a", "--from", "en", "--to", "fr");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).contains("model_type \"llama\" does not translate");
    Done other = session.run("generate", MODEL, "--prompt", "a");
    assertThat(other.err()).contains("is a translator").contains("bessemer translate");
  }

  @Test
  void aTextOrAFileIsNeeded() {
    Done done = session.run("translate", MODEL, "--from", "en", "--to", "fr");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("give a text, - for standard input, or --file");
  }

  @Test
  void whatCannotBeReadOrWrittenIsSaidBeforeAnythingIsTranslated() throws IOException {
    Path lines = Files.writeString(folder.resolve("lines"), "a\nb\n");
    Object[] words = {
      "translate", MODEL, "--from", "en", "--to", "fr", "--file", lines, "--out", ""
    };
    words[9] = folder.resolve("none/out");
    Done missing = session.run(words);
    assertThat(missing.code()).isEqualTo(3);
    assertThat(missing.err()).contains("there is no directory " + folder.resolve("none"));
    words[9] = folder;
    assertThat(session.run(words).err()).contains("is a directory: name a file in it");
    words[9] = folder.resolve("./lines");
    Done itself = session.run(words);
    assertThat(itself.code()).isEqualTo(2);
    assertThat(itself.err()).contains("--out would replace the text").doesNotContain("texts in");
    assertThat(lines).hasContent("a\nb\n");
    Files.write(lines, new byte[] {'a', (byte) 0xff});
    words[9] = folder.resolve("out");
    assertThat(session.run(words).err()).contains(lines + " is not UTF-8 text");
  }

  @Test
  void listsTheLanguagesOfAModel() {
    Done done = session.run("list", "languages", MODEL);
    assertThat(done.out().lines().map(String::strip).toList())
        .isEqualTo(
            List.of(
                "CODE      LANGUAGE", "eng_Latn  English", "fra_Latn  French", "deu_Latn  German"));
    assertThat(session.run("list", "languages").code()).isEqualTo(2);
  }

  @Test
  void lingoLiteIsConvertedFromItsOwnFileAndTranslates() {
    Path out = session.at("lingo");
    Done converted = session.run("convert", LINGO_LITE, "--local", "--out", out, "--dtype", "bf16");
    assertThat(converted.code()).isZero();
    Done done = session.run("translate", out, "three seven", "--from", "en", "--to", "de");
    assertThat(done.out()).isEqualTo("drei sieben\n");
    Done french =
        session.run(
            "translate", out, "three seven", "--from", "English", "--to", "French", "--beams", "4");
    assertThat(french.out()).isEqualTo("trois sept\n");
    assertThat(session.run("list", "languages", out).out()).contains("de    German");
    assertThat(session.run("inspect", LINGO_LITE).out()).contains("lingolite, 2 layers");
  }

  @Test
  void drawsWordsBySeedAndRefusesToDrawWithBeams() {
    String[] drawn = {"--temperature", "2", "--top-k", "20", "--top-p", "0.99", "--seed", "3"};
    Done once = session.run(choosing(drawn));
    assertThat(once.code()).isZero();
    assertThat(session.run(choosing(drawn)).out()).isEqualTo(once.out());
    Done likeliest = session.run(choosing("--temperature", "1", "--top-k", "1"));
    assertThat(likeliest.out()).isEqualTo("drei sieben\n");
    Done beams = session.run(choosing("--temperature", "1", "--beams", "4"));
    assertThat(beams.code()).isEqualTo(2);
    assertThat(beams.err()).contains("none is drawn at a temperature");
    Done greedy = session.run(choosing("--top-k", "5"));
    assertThat(greedy.err()).contains("add --temperature");
  }

  private static Object[] choosing(String... options) {
    List<Object> words = new ArrayList<>();
    words.addAll(List.of("translate", LINGO_LITE, "three seven", "--from", "en", "--to", "de"));
    words.addAll(List.of(options));
    return words.toArray();
  }

  @Test
  void aConvertedTranslatorTranslates() {
    Path out = session.at("small");
    Done converted =
        session.run("convert", MODEL, "--local", "--out", out, "-q", "8", "--group-size", "32");
    assertThat(converted.code()).isZero();
    assertThat(converted.out()).contains("UNPROVEN");
    Done done = session.run("translate", out, "a b c", "--from", "en", "--to", "fr", "--strict");
    assertThat(done.out()).isEqualTo("l s b b\n");
  }

  @Test
  void aTranslatorIsProvedByAReferencePack() {
    Path out = session.at("proved");
    Done converted =
        session.run("convert", MODEL, "--local", "--out", out, "--reference", PACKS.resolve(NAME));
    assertThat(converted.code()).isZero();
    assertThat(converted.out())
        .startsWith("PROVED: computes what PyTorch computes; ")
        .contains(", of the encoder ", "tokens     short 5 from [8]; batch 5 from [7, 4, 5]")
        .contains("control    padding counted in positions: detected");
    assertThat(out.resolve("parity.html")).content().contains("swapped cross- and self-attention");
    Done validated =
        session.run("validate", out, "--local", "--reference", PACKS.resolve(NAME), "--json");
    assertThat(validated.code()).isZero();
    JsonNode json = new JsonMapper().readTree(validated.out());
    assertThat(json.get("verdict").asString()).isEqualTo("PROVED");
    assertThat(json.get("cases").get(1).get("sources").valueStream().map(JsonNode::asInt).toList())
        .isEqualTo(List.of(7, 4, 5));
  }

  @Test
  void lingoLiteIsProvedFromItsOwnFileByAReferencePack() {
    Path pack = PACKS.resolve("lingolite-trained");
    Path out = session.at("proved-lingo");
    Done converted =
        session.run("convert", LINGO_LITE, "--local", "--out", out, "--reference", pack);
    assertThat(converted.code()).isZero();
    assertThat(converted.out())
        .startsWith("PROVED: computes what PyTorch computes; ")
        .contains("tokens     short 4 from [9]; batch 5 from [8, 6, 7]; long 200 from [200]")
        .contains("control    rotation in cross-attention: detected");
    for (Path model : List.of(out, LINGO_LITE)) {
      Done validated = session.run("validate", model, "--local", "--reference", pack);
      assertThat(validated.code()).isZero();
      assertThat(validated.out()).startsWith("PROVED");
    }
  }

  @Test
  void aPackOfAnotherModelProvesNothing() {
    Path other = PACKS.resolve("nllb-uneven");
    Done done = session.run("validate", MODEL, "--local", "--reference", other);
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).contains("the pack was recorded from another source");
    Path llama = Session.GOLDENS.resolve("llama-tied");
    Done decoder = session.run("validate", MODEL, "--local", "--reference", llama);
    assertThat(decoder.code()).isEqualTo(1);
    assertThat(decoder.err()).contains("recorded from a llama, the model is a m2m_100");
  }
}
