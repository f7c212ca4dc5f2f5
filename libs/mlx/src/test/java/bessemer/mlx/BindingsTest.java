package bessemer.mlx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BindingsTest {
  @Test
  void whatIsCheckedInIsWhatTheListMakes() throws IOException {
    for (var made : Bindings.sources().entrySet()) {
      Path file = Bindings.CLASSES.resolve(made.getKey());
      assertThat(words(Files.readString(file)))
          .as("%s: run Bindings, then spotless:apply", file)
          .isEqualTo(words(made.getValue()));
    }
  }

  @Test
  void nothingElseIsCheckedIn() throws IOException {
    try (Stream<Path> files = Files.list(Bindings.CLASSES)) {
      List<String> generated =
          files.map(file -> "" + file.getFileName()).filter(n -> n.endsWith("H.java")).toList();
      assertThat(generated).containsExactlyInAnyOrderElementsOf(Bindings.sources().keySet());
    }
  }

  @Test
  void handlesAndOptionalsTravelAsLongs() {
    String source =
        Bindings.sources(
                """
                # fast.h
                fast_rope(array* res, array x, int dims, bool traditional, optional_float base, \
                float scale, array freqs ?, void (*dtor)(void*)) int
                """)
            .get("FastH.java");
    assertThat(source)
        .contains("Library.function(\"fast_rope\", \"IJJIZJFJJ\")")
        .contains(
            "int fastRope(long res, long x, int dims, boolean traditional, long base, float scale,"
                + " long freqs, long dtor)");
  }

  @Test
  void aTypeItDoesNotKnowIsRefused() {
    assertThatThrownBy(() -> Bindings.sources("# ops.h\nkron(array* res, complex64_t a) int\n"))
        .hasMessage("a type unknown to Java: complex64_t");
  }

  /// Without what the formatter decides: spaces, line ends and the marks of wrapped comments.
  private static String words(String source) {
    return source.replaceAll("///|\\s+", "");
  }
}
