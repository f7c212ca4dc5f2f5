package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Expected lines are what `sacrebleu -f text` prints for these files.
class EvalScoreTest {
  @TempDir Path folder;
  private Session session;
  private Path hyp;
  private Path ref;
  private Path other;

  @BeforeEach
  void write() throws IOException {
    session = new Session(folder);
    hyp = file("hyp", "The cat sat on the mat.\nIt rained, all day!\n");
    ref = file("ref", "The cat sat on a mat.\nIt rained all day.\n");
    other = file("other", "A cat sat.\nRain all day.\n");
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private String out(Object... arguments) {
    Object[] all = new Object[arguments.length + 4];
    System.arraycopy(new Object[] {"eval", "score", "--hyp", hyp}, 0, all, 0, 4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    Done done = session.run(all);
    assertThat(done.code()).as(done.err()).isZero();
    return done.out();
  }

  @Test
  void printsWhatSacrebleuPrints() {
    assertThat(out("--ref", ref))
        .isEqualTo(
            """
              BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0 = 34.0 76.9/54.5/22.2/14.3 (BP = 1.000 ratio = 1.083 hyp_len = 13 ref_len = 12)
            chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0 = 70.0
            """);
    assertThat(out("--ref", ref, other, "--metric", "chrf++,bleu", "--lowercase", "--width", 3))
        .isEqualTo(
            """
            chrF2++|nrefs:2|case:lc|eff:yes|nc:6|nw:2|space:no|version:2.6.0 = 70.115
                BLEU|nrefs:2|case:lc|eff:no|tok:13a|smooth:exp|version:2.6.0 = 33.972 76.9/54.5/22.2/14.3 (BP = 1.000 ratio = 1.083 hyp_len = 13 ref_len = 12)
            """);
    assertThat(out("--ref", ref, "--confidence", "--samples", 50))
        .isEqualTo(
            """
              BLEU|nrefs:1|bs:50|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0 = 34.0 (μ = 33.2 ± 16.3) 76.9/54.5/22.2/14.3 (BP = 1.000 ratio = 1.083 hyp_len = 13 ref_len = 12)
            chrF2|nrefs:1|bs:50|seed:12345|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0 = 70.0 (μ = 70.0 ± 1.5)
            """);
  }

  @Test
  void comparesWithABaseline() {
    String table = out("--ref", ref, "--baseline", other, "--samples", 50);
    assertThat(table.replace(folder + "/", "").replaceAll(" +", " "))
        .isEqualTo(
            """
            system BLEU (μ ± 95% CI) chrF2 (μ ± 95% CI)
            baseline other 23.7 (24.7 ± 13.6) 38.1 (38.1 ± 6.4)
            hyp 34.0 (33.2 ± 16.3) (p = 0.2941) 70.0 (70.0 ± 1.5) (p = 0.0196)*

            BLEU|nrefs:1|bs:50|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0
            chrF2|nrefs:1|bs:50|seed:12345|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0
            """);
    JsonNode json =
        new JsonMapper()
            .readTree(
                out(
                    "--ref",
                    ref,
                    "--baseline",
                    other,
                    "--significance",
                    "randomization",
                    "--samples",
                    50,
                    "--json"));
    assertThat(json.get(0).get("signature").asString()).contains("|ar:50|seed:12345|");
    assertThat(json.get(0).get("p_value").asDouble()).isEqualTo(0.45098039215686275);
    assertThat(json.get(1).get("system").get("score").get("value").asDouble())
        .isEqualTo(70.01975710570622);
  }

  @Test
  void scoresEveryLine() {
    assertThat(out("--ref", ref, "--sentences", "--metric", "bleu,chrf"))
        .isEqualTo("line\tBLEU\tchrF2\n1\t48.9\t71.4\n2\t23.0\t68.5\n");
  }

  @Test
  void namesFileAndLineOfWhatItCannotScore() throws IOException {
    Path three = file("three", "a\nb\nc\n");
    refused(hyp + " has 2 lines and %s 3: line 3".formatted(three), "--ref", three);
    refused(file("empty", "") + " is empty", "--ref", folder.resolve("empty"));
    Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', '\n', (byte) 0xff, '\n'});
    refused(latin + ", line 2: byte 0xff", "--ref", latin);
    refused("no metric \"blue\"", "--ref", ref, "--metric", "blue");
    refused("no tokenizer \"14a\"", "--ref", ref, "--tokenize", "14a");
    refused("no smoothing \"x\"", "--ref", ref, "--smooth", "x");
    refused("leave out --confidence", "--ref", ref, "--sentences", "--confidence");
    assertThat(session.run("eval", "score", "--hyp", hyp, "--ref", "nowhere").code()).isEqualTo(3);
  }

  private void refused(String message, Object... arguments) {
    Object[] all = new Object[arguments.length + 4];
    System.arraycopy(new Object[] {"eval", "score", "--hyp", hyp}, 0, all, 0, 4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    Done done = session.run(all);
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains(message);
  }

  @Test
  void warnsOfTextThatIsTokenized() throws IOException {
    Path spaced = file("spaced", "a b .\n".repeat(100));
    String[] arguments = {"eval", "score", "--hyp", "" + spaced, "--ref", "" + spaced};
    assertThat(session.run((Object[]) arguments).err()).contains("100 lines", "end in \" .\"");
    assertThat(session.run("eval", "score", "--hyp", spaced, "--ref", spaced, "--force").err())
        .isEmpty();
  }
}
