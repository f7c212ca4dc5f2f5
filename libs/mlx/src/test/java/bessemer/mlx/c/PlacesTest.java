package bessemer.mlx.c;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final Path FILE = Path.of("/x/libmlxc.so");

  @Test
  void aPropertyNamesTheLibraryAlone() {
    assertThat(places("Linux", Map.of("LD_LIBRARY_PATH", "/a"), "/somewhere/libmlxc.so"))
        .containsExactly(Path.of("/somewhere/libmlxc.so"));
  }

  @Test
  void homebrewComesAfterWhatTheEnvironmentNames() {
    assertThat(places("Mac OS X", Map.of("HOMEBREW_PREFIX", "/brew"), null))
        .containsExactly(
            Path.of("/brew/lib/libmlxc.dylib"),
            Path.of("/opt/homebrew/lib/libmlxc.dylib"),
            Path.of("/usr/local/lib/libmlxc.dylib"));
    assertThat(places("Linux", Map.of("LD_LIBRARY_PATH", "/a::/b/c"), null))
        .startsWith(Path.of("/a/libmlxc.so"), Path.of("/b/c/libmlxc.so"))
        .contains(Path.of("/home/linuxbrew/.linuxbrew/lib/libmlxc.so"))
        .endsWith(Path.of("/usr/lib/libmlxc.so"));
  }

  private static List<Path> places(
      String system, Map<String, String> environment, String property) {
    return Places.of(name -> name.equals("os.name") ? system : property, environment::get);
  }

  @Test
  void whatIsMissingIsSaidWithWhatToInstall() {
    assertThat(Places.missing(List.of(FILE)))
        .isEqualTo(
            "mlx-c was not found at /x/libmlxc.so: brew install mlx-c, or name the library with"
                + " -Dbessemer.mlxc=FILE");
  }

  @Test
  void anOlderAbiIsRefusedBeforeAnythingIsCalled() {
    SymbolLookup none = _ -> Optional.empty();
    SymbolLookup old =
        name -> name.equals("mlx_version") ? Optional.of(MemorySegment.NULL) : Optional.empty();
    SymbolLookup all = _ -> Optional.of(MemorySegment.NULL);
    assertThat(Places.problem(FILE, none)).isEqualTo(FILE + " is not mlx-c: brew install mlx-c");
    assertThat(Places.problem(FILE, old))
        .isEqualTo(FILE + " is older than mlx-c 0.7: brew upgrade mlx-c");
    assertThat(Places.problem(FILE, all)).isNull();
  }
}
