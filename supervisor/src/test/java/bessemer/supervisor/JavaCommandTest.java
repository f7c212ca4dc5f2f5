package bessemer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaCommandTest {
  private static final FileTime BEFORE = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
  private static final FileTime AFTER = FileTime.from(Instant.parse("2026-01-02T00:00:00Z"));

  @TempDir Path app;

  @Test
  void aCacheOfJarsThatWereReplacedIsNotUsed() throws IOException {
    assertThat(JavaCommand.readCache(app, "x")).isEmpty();
    Path jar = Files.createFile(app.resolve("x.jar"));
    Path cache = Files.createFile(app.resolve("x.aot"));
    Files.setLastModifiedTime(jar, BEFORE);
    Files.setLastModifiedTime(cache, AFTER);
    assertThat(JavaCommand.readCache(app, "x")).contains("-XX:AOTCache=" + cache);
    Files.setLastModifiedTime(cache, BEFORE);
    Files.setLastModifiedTime(jar, AFTER);
    assertThat(JavaCommand.readCache(app, "x")).isEmpty();
  }
}
