package bessemer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  private static final Path FILE = Path.of("model.safetensors");

  @Test
  void readsAHeaderWithoutTensors() {
    assertThat(read(file("{}   ", 0)).tensors()).isEmpty();
  }

  @Test
  void readsTensorsInAnyOrderOfTheirBytes() {
    String header = tensor("b", "F32", "[2]", 4, 12) + "," + tensor("a", "U8", "[4]", 0, 4);
    assertThat(read(file("{" + header + "}", 12)).tensors())
        .extracting(StoredTensor::name)
        .containsExactly("b", "a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "F32   | [3]        | 0 | 8  | F32 [3] needs 12 bytes, data_offsets [0, 8) hold 8",
        "F32   | [2]        | 4 | 12 | lies at data_offsets [4, 12), the data section has 8 bytes",
        "F32   | [2]        | 8 | 0  | lies at data_offsets [8, 0)",
        "F32   | [1]        | 4 | 8  | begins at byte 80, but the header ends at 76: bytes without",
        "F32   | [1]        | 0 | 4  | the file at 84: 4 bytes without an owner",
        "F4    | [4]        | 0 | 8  | tensor \"w\": unknown element type \"F4\", known are [BOOL, U8",
        "F32   | [-2]       | 0 | 8  | shape has a number that is not between 0 and 2^63 - 1",
        "F32   | [2.0]      | 0 | 8  | VALUE_NUMBER_FLOAT where VALUE_NUMBER_INT is expected",
        "F32   | [\"2\"]    | 0 | 8  | VALUE_STRING where VALUE_NUMBER_INT is expected",
        "F32   | 2          | 0 | 8  | VALUE_NUMBER_INT where START_ARRAY is expected",
        "F32   | [9223372036854775808] | 0 | 8  | shape has a number that is not between",
        "F32   | [4294967296,4294967296] | 0 | 8 | overflows",
        "F32   | [4611686018427387904] | 0 | 8 | overflows",
        "F32   | [0,4611686018427387904,4] | 0 | 0 | overflows"
      })
  void refusesTensorsThatDoNotFit(String type, String shape, long begin, long end, String problem) {
    String json = "{" + tensor("w", type, shape, begin, end);
    assertBad(file(json + " ".repeat(Math.max(0, 67 - json.length())) + "}", 8), problem);
  }

  @Test
  void refusesOverlaps() {
    String header = tensor("a", "U8", "[4]", 0, 4) + "," + tensor("b", "U8", "[4]", 2, 6);
    assertBad(file("{" + header + "}", 6), "tensor \"a\" ends at", "they overlap");
  }

  @Test
  void refusesDuplicateNamesAndFields() {
    String twice = tensor("a", "U8", "[4]", 0, 4) + "," + tensor("a", "U8", "[4]", 4, 8);
    assertBad(file("{" + twice + "}", 8), "Duplicate", "a");
    assertBad(file("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0), "Duplicate", "dtype");
  }

  @Test
  void refusesHeadersThatAreNoHeaders() {
    assertBad(file("[]", 0), "does not begin with '{'");
    assertBad(file(" {}", 0), "does not begin with '{'");
    assertBad(file("{", 0, StandardCharsets.UTF_16LE), "does not begin with '{' in UTF-8");
    assertBad(file("{} {}", 0), "something behind its object at byte 11");
    assertBad(file("{\"a\":1}", 0), "tensor \"a\" is VALUE_NUMBER_INT");
    assertBad(file("{\"a\":{}}", 0), "lacks one of dtype, shape and data_offsets");
    assertBad(file("{\"a\":{\"x\":[[[[]]]]}}", 0), "has the unknown field \"x\"");
    assertBad(file("{\"a\":" + "[".repeat(50) + "]".repeat(50) + "}", 0), "START_ARRAY");
    assertBad(file("{\"a\":", 0), "is not valid JSON");
    assertBad(file("{\"__metadata__\":{\"a\":1}}", 0), "metadata \"a\" is VALUE_NUMBER_INT");
  }

  @Test
  void refusesLengthsThatDoNotFit() {
    assertBad(length(new byte[9], 2), "9 bytes are too few");
    assertBad(length(file("{}", 0), 0), "header length 0 at byte 0");
    assertBad(length(file("{}", 0), 100_000_001), "is not between 2 and 100000000");
    assertBad(length(file("{}", 0), -1), "header length 18446744073709551615");
    assertBad(length(file("{}", 0), 3), "header of 3 bytes does not fit the file of 10 bytes");
  }

  @Test
  void refusesATruncatedFile() {
    byte[] whole = Goldens.bytes("every-type.safetensors");
    assertBad(Arrays.copyOf(whole, whole.length - 1), "download it again");
    assertBad(Arrays.copyOf(whole, 100), "download it again");
  }

  @Test
  void refusesMoreTensorsThanAnyModelHas() {
    var header = new StringBuilder("{");
    for (int i = 0; i <= SafetensorsHeader.MAX_TENSORS; i++) {
      header.append(tensor("t" + i, "U8", "[0]", 0, 0)).append(',');
    }
    header.setCharAt(header.length() - 1, '}');
    assertBad(file(header.toString(), 0), "more than 262144 tensors");
  }

  @Test
  void escapesNamesInMessages() {
    assertBad(
        file("{" + tensor("a\\n\\u001b[31m\\u202e", "U8", "[1]", 0, 2) + "}", 2),
        "tensor \"a\\u000a\\u001b[31m\\u202e\": U8 [1] needs 1 bytes");
    assertBad(
        file("{" + tensor("x".repeat(1000), "U8", "[1]", 0, 2) + "}", 2), "x\"… (1000 characters)");
  }

  private static String tensor(String name, String type, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, type, shape, begin, end);
  }

  private static byte[] file(String header, int data) {
    return file(header, data, StandardCharsets.UTF_8);
  }

  private static byte[] file(String header, int data, Charset charset) {
    byte[] json = header.getBytes(charset);
    return ByteBuffer.allocate(8 + json.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static byte[] length(byte[] file, long length) {
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    return file;
  }

  private static SafetensorsFile read(byte[] file) {
    return SafetensorsFile.read(FILE, MemorySegment.ofArray(file));
  }

  private static void assertBad(byte[] file, String... problems) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageStartingWith("model.safetensors: ")
        .hasMessageContainingAll(problems);
  }
}
