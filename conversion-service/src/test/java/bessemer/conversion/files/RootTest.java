package bessemer.conversion.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootTest {
  private static final long SEED = 20261121;
  private static final List<String> PIECES =
      List.of(
          "..",
          ".",
          "/",
          "\\",
          "\0",
          "%2e",
          "%2e%2e",
          "%2f",
          "C:",
          "\\\\host\\share",
          "//host/s",
          "a",
          "secret",
          "~",
          "root",
          " ",
          "\n",
          "é",
          "…",
          "file:");

  @TempDir Path temp;
  private Root root;

  @BeforeEach
  void makeRoot() throws IOException {
    Files.createDirectories(temp.resolve("root/dir"));
    Files.writeString(temp.resolve("secret"), "secret");
    Files.writeString(temp.resolve("root/dir/file"), "ours");
    root = new Root(temp.resolve("root"));
  }

  @Test
  void whateverTheNamesAreThePlaceIsRightBelowTheRoot() {
    var random = new Random(SEED);
    int resolved = 0;
    for (int i = 0; i < 20_000; i++) {
      var name = new StringBuilder();
      for (int n = random.nextInt(1, 5); n > 0; n--) {
        name.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      try {
        Path place = root.resolve(name.toString());
        assertThat(place.normalize()).isEqualTo(place);
        assertThat(place.getParent()).isEqualTo(root.directory());
        assertThat(place.getFileName()).hasToString(name.toString());
        resolved++;
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("not a plain name");
      }
    }
    assertThat(resolved).isBetween(1000, 19_000); // both happen
  }

  @Test
  void refusesWhatLeadsElsewhere() {
    for (String bad :
        List.of("", ".", "..", "../secret", "/etc/passwd", "a/b", "a/../b", "a\0", "a\\b", "/")) {
      assertThatThrownBy(() -> root.resolve(bad)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> root.resolve("dir", bad))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> root.delete(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void findsRegularFilesAndFollowsNoLink() throws IOException {
    Files.createSymbolicLink(temp.resolve("root/dir/link"), temp.resolve("secret"));
    Files.createSymbolicLink(temp.resolve("root/linked"), temp);
    Files.createDirectory(temp.resolve("root/dir/sub"));

    assertThat(root.file("dir", "file")).contains(temp.resolve("root/dir/file"));
    assertThat(root.file("dir", "link")).isEmpty();
    assertThat(root.file("linked", "secret")).isEmpty();
    assertThat(root.file("dir", "sub")).isEmpty();
    assertThat(root.file("dir", "none")).isEmpty();
  }

  @Test
  void aRootThatIsReachedThroughALinkIsARoot() throws IOException {
    Path link = Files.createSymbolicLink(temp.resolve("moved"), temp.resolve("root"));
    assertThat(new Root(link).file("dir", "file")).contains(link.resolve("dir/file"));
  }

  @Test
  void deletesTreesButNotWhatLinksLeadTo() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("kept"), "kept");
    Files.createSymbolicLink(temp.resolve("root/dir/out"), outside);
    Files.createSymbolicLink(temp.resolve("root/linked"), outside);

    assertThat(root.directories()).containsExactly("dir");
    root.delete("dir");
    root.delete("linked");
    root.delete("none");

    assertThat(outside.resolve("kept")).exists();
    assertThat(temp.resolve("root/dir")).doesNotExist();
    assertThat(temp.resolve("root/linked")).isSymbolicLink();
  }
}
