package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// Reads the JSON of a safetensors header token by token: a tree of a hostile header of 100 MB
/// would cost gigabytes.
final class SafetensorsHeader {
  /// In one file; the largest published checkpoints hold 90,000 in 160 files.
  static final int MAX_TENSORS = 1 << 18;

  private static final int MAX_RANK = 64;

  private final Path file;
  private final long dataStart;
  private final long fileSize;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<StoredTensor> tensors = new ArrayList<>();

  SafetensorsHeader(Path file, long dataStart, long fileSize) {
    this.file = file;
    this.dataStart = dataStart;
    this.fileSize = fileSize;
  }

  SafetensorsFile read(byte[] json) {
    try (JsonParser parser = Json.STRICT.createParser(ObjectReadContext.empty(), json)) {
      expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "header");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (name.equals(SafetensorsFile.METADATA)) {
          readMetadata(parser);
        } else {
          tensors.add(readTensor(parser, name));
        }
        if (tensors.size() > MAX_TENSORS) {
          throw bad("header lists more than " + MAX_TENSORS + " tensors");
        }
      }
      if (parser.nextToken() != null) {
        throw bad("header has something behind its object" + at(parser));
      }
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "header is not valid JSON: " + Json.reason(e), e);
    }
    return new SafetensorsFile(Map.copyOf(metadata), List.copyOf(tensors));
  }

  private void readMetadata(JsonParser parser) {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, SafetensorsFile.METADATA);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "metadata " + quoted(key));
      metadata.put(key, parser.getString());
    }
  }

  private StoredTensor readTensor(JsonParser parser, String name) {
    String tensor = "tensor " + quoted(name);
    StoredType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, tensor);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> type = readType(parser, tensor);
        case "shape" -> shape = readLongs(parser, tensor + " shape");
        case "data_offsets" -> offsets = readLongs(parser, tensor + " data_offsets");
        default -> throw bad(tensor + " has the unknown field " + quoted(field) + at(parser));
      }
    }
    if (type == null || shape == null || offsets == null) {
      throw bad(tensor + " lacks one of dtype, shape and data_offsets" + at(parser));
    }
    return located(name, type, shape, offsets);
  }

  private StoredTensor located(String name, StoredType type, List<Long> shape, List<Long> offsets) {
    String tensor = "tensor " + quoted(name);
    if (offsets.size() != 2) {
      throw bad(tensor + " has " + offsets.size() + " data_offsets, not 2");
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end || end > fileSize - dataStart) {
      throw bad(
          "%s lies at data_offsets [%d, %d), the data section has %d bytes; download it again"
              .formatted(tensor, begin, end, fileSize - dataStart));
    }
    if (end - begin != bytes(tensor, type, shape)) {
      throw bad(
          "%s: %s %s needs %d bytes, data_offsets [%d, %d) hold %d; the file is damaged"
              .formatted(tensor, type, shape, bytes(tensor, type, shape), begin, end, end - begin));
    }
    return new StoredTensor(name, type, shape, file, dataStart + begin, end - begin);
  }

  private long bytes(String tensor, StoredType type, List<Long> shape) {
    try {
      return Math.multiplyExact(Extent.elements(shape), type.width());
    } catch (ArithmeticException e) {
      throw new BadCheckpointException(
          file, "%s: the size of %s %s overflows".formatted(tensor, type, shape), e);
    }
  }

  private StoredType readType(JsonParser parser, String tensor) {
    expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, tensor + " dtype");
    try {
      return StoredType.parse(parser.getString());
    } catch (IllegalArgumentException e) {
      throw new BadCheckpointException(file, tensor + ": " + e.getMessage(), e);
    }
  }

  private List<Long> readLongs(JsonParser parser, String what) {
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, what);
    List<Long> longs = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw bad(what + " has a number that is not between 0 and 2^63 - 1" + at(parser));
      }
      longs.add(parser.getLongValue());
      if (longs.size() > MAX_RANK) {
        throw bad(what + " has more than " + MAX_RANK + " numbers" + at(parser));
      }
    }
    return longs;
  }

  private void expect(JsonParser parser, JsonToken actual, JsonToken expected, String what) {
    if (actual != expected) {
      throw bad("%s is %s where %s is expected%s".formatted(what, actual, expected, at(parser)));
    }
  }

  private String at(JsonParser parser) {
    return " at byte " + (SafetensorsFile.PREFIX + parser.currentTokenLocation().getByteOffset());
  }

  private BadCheckpointException bad(String problem) {
    return new BadCheckpointException(file, problem);
  }
}
