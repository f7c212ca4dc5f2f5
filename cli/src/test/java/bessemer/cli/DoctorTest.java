package bessemer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoctorTest {
  @TempDir Path folder;

  @BeforeEach
  void root() {
    System.setProperty("bessemer.root", Path.of("..").toAbsolutePath().normalize().toString());
  }

  @AfterEach
  void noRoot() {
    System.clearProperty("bessemer.root");
  }

  @Test
  void saysWhatTheMachineHasAndThatItComputesRight() {
    Done done = new Session(folder).run("doctor", "--json");
    assertThat(done.code()).as(done.out() + done.err()).isZero();
    JsonNode found = new JsonMapper().readTree(done.out());
    assertThat(found.get("healthy").asBoolean()).isTrue();
    assertThat(found.get("machine").get("memory_bytes").asLong()).isPositive();
    assertThat(found.get("machine").get("java").asString()).contains("25");
    assertThat(found.get("home").get("free_bytes").asLong()).isPositive();
    assertThat(found.get("cluster").get("state").asString()).isEqualTo("down");
    JsonNode cpu = found.get("backends").get(0);
    assertThat(cpu.get("name").asString()).isEqualTo("cpu");
    assertThat(cpu.get("kernels").asString()).startsWith("cpu, ");
    assertThat(cpu.get("tokens_per_second").asDouble()).isPositive();
    assertThat(cpu.get("checks").valueStream().map(check -> check.get("name").asString()))
        .contains("products 4-bit", "attention, causal", "parity of the bundled model");
  }

  @Test
  void aBackendThatFailsIsAFailure() {
    Supplier<Engine> none =
        () -> {
          throw new IllegalStateException("no kernels for this processor");
        };
    Done done = examine(new Examination("cpu", none, () -> Cpu.engine(1)));
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.out())
        .contains("FAILED  engine", "no kernels for this processor", "SOME CHECKS FAILED")
        .contains("the bundled model decodes"); // the others go on
  }

  @Test
  void aModelThatIsMissingIsAFailure() {
    System.setProperty("bessemer.root", folder.toString());
    Done done = examine(new Examination("cpu", () -> Cpu.engine(1), () -> Cpu.engine(1)));
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.out())
        .contains("ok      products fp32", "FAILED  parity of the bundled model", "FAILED  speed");
  }

  private Done examine(Examination examination) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    var doctor =
        new Doctor(
            new Console(stream, stream, false, false), new Home(folder), List.of(examination));
    int code = new CommandLine(doctor).execute();
    return new Done(code, out.toString(StandardCharsets.UTF_8), "");
  }

  @Test
  void featuresAreThoseThatKernelsAskFor() {
    assertThat(Machine.features(List.of("model name\t: X", "flags\t\t: fpu avx2 sse fma amx_int8")))
        .containsExactly("amx_int8", "avx2", "fma");
    assertThat(Machine.features(List.of("Features\t: fp asimd asimddp i8mm")))
        .containsExactly("asimd", "asimddp", "i8mm");
    assertThat(
            Machine.appleFeatures(
                List.of("hw.optional.arm.FEAT_DotProd: 1", "hw.optional.arm.FEAT_BF16: 0")))
        .containsExactly("FEAT_DotProd");
  }
}
