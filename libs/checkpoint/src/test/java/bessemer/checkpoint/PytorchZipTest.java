package bessemer.checkpoint;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

class PytorchZipTest {
  private static final Path FILE = Path.of("model.pt");
  private static final byte[] STORAGE = new byte[24]; // 6 elements

  @Test
  void refusesCodeByNameAndPlace() {
    assertBad(
        Goldens.bytes("malicious.pt"), "data.pkl, byte ", "\"posix.system\", which is refused");
    assertBad(Goldens.bytes("names-a-dtype.pt"), "\"torch.float16\", which is refused");
    assertBad(
        zip(new Pickles().op(0x80, 4).op(0x8c, 2, 'o', 's', 0x8c, 1, 'x', 0x93).bytes()),
        "data.pkl, byte 10: the pickle asks for \"os.x\"");
  }

  @Test
  void refusesWhatIsNoStateDict() {
    assertBad(Goldens.bytes("list.pt"), "holds a list where a dictionary is expected");
    assertBad(zip(new Pickles().op(0x80, 2, '}', '.').bytes()), "holds no tensors");
  }

  @Test
  void refusesExpandedTensors() {
    assertBad(Goldens.bytes("expanded.pt"), "tensor \"a\"", "has to be saved as .contiguous()");
  }

  @Test
  void refusesTensorsOutsideOfTheirStorage() {
    assertFits(6, 0, dims(2, 3), dims(3, 1));
    assertFits(6, 5, dims(), dims());
    assertFits(6, 99, dims(0, 3), dims(3, 1));
    String outside = "do not fit a storage of 6 elements";
    assertMisfits(6, 1, dims(2, 3), dims(3, 1), outside);
    assertMisfits(6, 0, dims(2, 3), dims(4, 1), outside);
    assertMisfits(6, 6, dims(), dims(), outside);
    assertMisfits(6, Long.MAX_VALUE, dims(2, 3), dims(3, 1), "overflow");
    assertMisfits(6, 0, dims(2, 3), dims(Long.MAX_VALUE, 2), "overflow");
    assertMisfits(6, 0, dims(1L << 32, 1L << 32), dims(0, 0), "overflow");
    assertMisfits(6, 0, dims(3), dims(-1), "not a number between 0 and 2^63 - 1");
    assertMisfits(6, 0, dims(-3), dims(1), "not a number between 0 and 2^63 - 1");
    assertMisfits(6, 0, dims(3), dims(1, 1), "the size [3] and the strides [1, 1]");
    assertMisfits(7, 0, dims(3), dims(1), "7 elements F32 are announced", "24 bytes");
  }

  @Test
  void refusesAStorageThatIsNotThere() {
    Map<String, byte[]> entries = Zips.torch(valid(), STORAGE);
    entries.put("archive/data/1", entries.remove("archive/data/0"));
    assertBad(Zips.stored(entries), "tensor \"w\": the zip has no entry data/\"0\"");
  }

  @Test
  void readsZip64() {
    byte[] storage = {
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
    };
    byte[] zip = Zips.stored64(Zips.torch(valid(), storage));
    Located w = PytorchZip.read(FILE, MemorySegment.ofArray(zip)).located().get("w");
    assertThat(w.bytes().rows(w.tensor(), 1, 2, Arena.ofAuto()).toArray(JAVA_BYTE))
        .containsExactly(13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24);
  }

  @Test
  void refusesCompressedEntries() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(valid());
    }
    assertBad(bytes.toByteArray(), "\"archive/data.pkl\" is compressed or encrypted");
  }

  @Test
  void refusesBigEndianStorages() {
    Map<String, byte[]> entries = Zips.torch(valid(), STORAGE);
    entries.put("archive/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
    assertBad(Zips.stored(entries), "byte order is \"big\"");
  }

  @Test
  void refusesZipsWithoutExactlyOnePickle() {
    assertBad(Zips.stored(Map.of("a/b", STORAGE)), "0 entries <root>/data.pkl");
    Map<String, byte[]> two = new LinkedHashMap<>(Zips.torch(valid(), STORAGE));
    two.put("other/data.pkl", valid());
    assertBad(Zips.stored(two), "2 entries <root>/data.pkl");
  }

  @Test
  void refusesADamagedPickle() {
    byte[] zip = zip(valid());
    zip["archive/data.pkl".length() + 30 + 5] ^= 1;
    assertBad(zip, "checksum of data.pkl is wrong");
  }

  @Test
  void refusesPicklesThatMisuseTheMachine() {
    assertBad(zip(new Pickles().op('.').bytes()), "byte 1: the stack is empty");
    assertBad(zip(new Pickles().op('}').bytes()), "0 bytes follow where 1 are announced");
    assertBad(zip(new Pickles().op('h', 9).bytes()), "memo 9 is empty");
    assertBad(zip(new Pickles().op('}', 't').bytes()), "no mark");
    assertBad(zip(new Pickles().op('}', ')', 'R').bytes()), "calls a dictionary with a tuple");
    assertBad(zip(new Pickles().op(0x80, 9).bytes()), "pickle protocol 9");
    assertBad(zip(new Pickles().op('}', '}', 'a').bytes()), "appends to a dictionary");
    assertBad(zip(new Pickles().op('X', 255, 255, 255, 255).bytes()), "4294967295 are announced");
    assertBad(zip(new Pickles().op('i').bytes()), "instruction 0x69 is not one");
    assertBad(zip(new Pickles().op(')', 'Q').bytes()), "a persistent id is not");
  }

  @Test
  void survivesDictionariesThatContainThemselves() {
    byte[] cycle = new Pickles().op('}', 'q', 0).text("a").op('h', 0, 's', '.').bytes();
    assertBad(zip(cycle), "nested more than 16 deep");
  }

  @Test
  void readsPlainValuesOfAConfiguration() {
    byte[] config =
        noting(
            new Pickles()
                .op('(')
                .text("name")
                .text("tiny")
                .text("dropout")
                .op('G', 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a)
                .text("endless")
                .op('G', 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)
                .text("tied")
                .op(0x88, 'u'));
    assertThat(PytorchZip.read(FILE, MemorySegment.ofArray(zip(config))).metadata())
        .containsExactly(Map.entry("config", "{\"name\":\"tiny\",\"dropout\":0.1,\"tied\":true}"));
  }

  @Test
  void refusesCodeInAConfigurationAndOneThatContainsItself() {
    assertBad(
        zip(noting(new Pickles().text("run").global("os", "system").op('s'))),
        "\"os.system\", which is refused");
    assertBad(zip(noting(new Pickles().op('q', 9).text("a").op('h', 9, 's'))), "nested more than");
  }

  /// The valid pickle with `config` beside its tensor, which these instructions fill.
  private static byte[] noting(Pickles fill) {
    byte[] whole = valid();
    byte[] instructions = fill.bytes();
    return new Pickles()
        .op(bytes(whole, 0, 3)) // protocol and dictionary
        .text("config")
        .op('}')
        .op(bytes(instructions, 0, instructions.length))
        .op('s')
        .op(bytes(whole, 3, whole.length))
        .bytes();
  }

  private static int[] bytes(byte[] from, int start, int end) {
    int[] bytes = new int[end - start];
    Arrays.setAll(bytes, i -> from[start + i] & 0xFF);
    return bytes;
  }

  @Test
  void survivesSmallPicklesWithManyNames() {
    Pickles bomb = new Pickles().op('}', 'q', 0);
    for (int level = 0; level < 15; level++) {
      bomb.op('}', 'q', level + 1);
      for (String key : new String[] {"a", "b", "c", "d", "e", "f"}) {
        bomb.text(key).op('h', level, 's');
      }
    }
    assertBad(zip(bomb.op('.').bytes()), "more than 262144 entries");
  }

  @Test
  void boundsTheInstructions() {
    var endless = new byte[(1 << 22) + 2];
    Arrays.fill(endless, (byte) 'N');
    assertThatThrownBy(() -> new Unpickler(FILE, endless).read())
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("more than 4194304 instructions");
  }

  private static byte[] valid() {
    return Pickles.tensor(6, 0, dims(2, 3), dims(3, 1));
  }

  private static byte[] zip(byte[] pickle) {
    return Zips.stored(Zips.torch(pickle, STORAGE));
  }

  private static void assertFits(long length, long offset, long[] shape, long[] strides) {
    byte[] zip = zip(Pickles.tensor(length, offset, shape, strides));
    assertThat(PytorchZip.read(FILE, MemorySegment.ofArray(zip)).located()).containsOnlyKeys("w");
  }

  private static void assertMisfits(
      long length, long offset, long[] shape, long[] strides, String... problems) {
    assertBad(zip(Pickles.tensor(length, offset, shape, strides)), problems);
  }

  private static long[] dims(long... dims) {
    return dims;
  }

  private static void assertBad(byte[] file, String... problems) {
    assertThatThrownBy(() -> PytorchZip.read(FILE, MemorySegment.ofArray(file)))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageStartingWith("model.pt: ")
        .hasMessageContainingAll(problems);
  }
}
