package bessemer.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingLogTest {
  @TempDir Path folder;

  @Test
  void keepsThreeFilesAndSplitsNoLine() throws IOException {
    Path file = folder.resolve("a.log");
    try (var log = new RotatingLog(file, 20)) {
      for (int i = 0; i < 9; i++) {
        log.line("line %04d".formatted(i)); // 10 bytes with its end
      }
    }
    assertThat(file).hasContent("line 0008");
    assertThat(folder.resolve("a.log.1")).hasContent("line 0006\nline 0007");
    assertThat(folder.resolve("a.log.2")).hasContent("line 0004\nline 0005");
    assertThat(folder).isDirectoryNotContaining("glob:**.3");
  }

  @Test
  void goesOnWhereAnEarlierProcessStopped() throws IOException {
    Path file = folder.resolve("a.log");
    for (int i = 0; i < 3; i++) {
      try (var log = new RotatingLog(file, 20)) {
        log.line("line %04d".formatted(i));
      }
    }
    assertThat(file).hasContent("line 0002");
    assertThat(folder.resolve("a.log.1")).hasContent("line 0000\nline 0001");
  }
}
