package bessemer.foundry.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.BadRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextLinesTest {
  @TempDir Path folder;

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("lines.txt"), content);
  }

  @Test
  void onlyALineFeedEndsALine() throws IOException {
    assertThat(TextLines.read(file("a\u2028b\u0085c\rd \r\n\n  e\u3000\n")))
        .containsExactly("a\u2028b\u0085c\rd", "", "  e");
    assertThat(TextLines.read(file("no end"))).containsExactly("no end");
    assertThat(TextLines.read(file("\n"))).containsExactly("");
  }

  @Test
  void readsCompressedFiles() throws IOException {
    Path file = folder.resolve("lines.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("ä\nb\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(TextLines.read(file)).containsExactly("ä", "b");
  }

  /// A small file may unpack to more than there is memory.
  @Test
  void refusesMoreTextThanItHolds() throws IOException {
    Path file = folder.resolve("long.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(new byte[10_001]);
    }
    assertThatThrownBy(() -> TextLines.unstripped(file, 10_000))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("long.gz has more than 10000 bytes of text: split it");
    assertThat(TextLines.unstripped(file, 10_001)).hasSize(1);
  }

  @Test
  void namesTheLineThatIsNotUtf8() throws IOException {
    Path file = folder.resolve("latin1.txt");
    Files.write(file, new byte[] {'a', '\n', 'b', '\n', 'c', (byte) 0xe4, 'd', '\n'});
    assertThatThrownBy(() -> TextLines.read(file))
        .isInstanceOf(BadRequestException.class)
        .hasMessage(file + ", line 3: byte 0xe4 (number 6 of the file) is not UTF-8");
    Files.write(file, new byte[] {'a', '\n', (byte) 0xe2, (byte) 0x82});
    assertThatThrownBy(() -> TextLines.read(file)).hasMessageContaining(", line 2: byte 0xe2");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    assertThatThrownBy(() -> TextLines.read(file("")))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("lines.txt is empty");
  }
}
