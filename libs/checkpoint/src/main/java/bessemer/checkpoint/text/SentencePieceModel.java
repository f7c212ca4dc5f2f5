package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A SentencePiece `.model`: a protocol buffer of pieces and settings, of which this reads what
/// byte-pair encoding and the unigram model need.
///
/// @param pieces in the order of their ids
/// @param kind [#UNIGRAM], [#BPE], 3 for whole words, 4 for characters
/// @param charsMap how characters are replaced before anything else, as the tokenizers library
///   takes it; empty where none are
record SentencePieceModel(List<Piece> pieces, int kind, byte[] charsMap, Spaces spaces) {
  static final int UNIGRAM = 1;
  static final int BPE = 2;

  private static final long MOST_BYTES = 64L << 20;
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  /// @param score the larger, the earlier its parts are merged; of the unigram model its log
  ///   probability
  record Piece(String text, float score, Type type) {}

  /// In the order of their numbers in the file, which begin with 1.
  enum Type {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /// What happens to spaces.
  ///
  /// @param prefix whether one is put before a text
  /// @param collapsed whether runs become one, and those around a text none
  /// @param escaped whether they are written as U+2581
  /// @param behind whether a word's space stands behind it
  record Spaces(boolean prefix, boolean collapsed, boolean escaped, boolean behind) {}

  static SentencePieceModel read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MOST_BYTES) {
      throw new BadCheckpointException(
          file, "%,d bytes, more than the %,d allowed".formatted(size, MOST_BYTES));
    }
    var fields = new Fields(file, ByteBuffer.wrap(Files.readAllBytes(file)));
    List<Piece> pieces = new ArrayList<>();
    var settings = new Settings();
    while (fields.next()) {
      switch (fields.number) {
        case 1 -> pieces.add(piece(fields.message()));
        case 2 -> settings.readTrainer(fields.message());
        case 3 -> settings.readNormalizer(fields.message());
        default -> fields.skip();
      }
    }
    if (pieces.isEmpty()) {
      throw new BadCheckpointException(file, "has no pieces: not a SentencePiece model");
    }
    var spaces = new Spaces(settings.prefix, settings.collapsed, settings.escaped, settings.behind);
    return new SentencePieceModel(pieces, settings.kind, settings.charsMap, spaces);
  }

  private static Piece piece(Fields fields) {
    String text = "";
    float score = 0;
    Type type = Type.NORMAL;
    while (fields.next()) {
      switch (fields.number) {
        case 1 -> text = new String(fields.bytes(), StandardCharsets.UTF_8);
        case 2 -> score = fields.number32();
        case 3 -> type = type(fields);
        default -> fields.skip();
      }
    }
    return new Piece(text, score, type);
  }

  private static Type type(Fields fields) {
    long number = fields.varint();
    if (number < 1 || number > Type.values().length) {
      throw fields.bad("a piece of type " + number);
    }
    return Type.values()[(int) number - 1];
  }

  /// As they are where the file does not say.
  private static final class Settings {
    private int kind = UNIGRAM;
    private byte[] charsMap = {};
    private boolean prefix = true;
    private boolean collapsed = true;
    private boolean escaped = true;
    private boolean behind;

    void readTrainer(Fields trainer) {
      while (trainer.next()) {
        switch (trainer.number) {
          case 3 -> kind = (int) trainer.varint();
          case 24 -> behind = trainer.varint() != 0;
          default -> trainer.skip();
        }
      }
    }

    void readNormalizer(Fields normalizer) {
      while (normalizer.next()) {
        switch (normalizer.number) {
          case 2 -> charsMap = normalizer.bytes();
          case 3 -> prefix = normalizer.varint() != 0;
          case 4 -> collapsed = normalizer.varint() != 0;
          case 5 -> escaped = normalizer.varint() != 0;
          default -> normalizer.skip();
        }
      }
    }
  }

  /// The fields of one message, one after the other.
  private static final class Fields {
    private final Path file;
    private final ByteBuffer in;
    private int number;
    private int type;

    Fields(Path file, ByteBuffer in) {
      this.file = file;
      this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean next() {
      if (!in.hasRemaining()) {
        return false;
      }
      long key = varint();
      number = (int) (key >>> 3);
      type = (int) (key & 7);
      return true;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        byte part = need(1).get();
        value |= (long) (part & 0x7f) << shift;
        if (part >= 0) {
          return value;
        }
      }
      throw bad("a number of more than ten bytes");
    }

    float number32() {
      return need(4).getFloat();
    }

    byte[] bytes() {
      byte[] bytes = new byte[length()];
      in.get(bytes);
      return bytes;
    }

    Fields message() {
      int length = length();
      ByteBuffer part = in.slice(in.position(), length);
      in.position(in.position() + length);
      return new Fields(file, part);
    }

    void skip() {
      switch (type) {
        case VARINT -> varint();
        case FIXED_64 -> need(8).getLong();
        case BYTES -> {
          int length = length();
          in.position(in.position() + length);
        }
        case FIXED_32 -> need(4).getInt();
        default -> throw bad("a field of type " + type);
      }
    }

    private int length() {
      if (type != BYTES) {
        throw bad("field " + number + " is of type " + type);
      }
      long length = varint();
      if (length < 0 || length > in.remaining()) {
        throw bad("a field of " + length + " bytes, " + in.remaining() + " are left");
      }
      return (int) length;
    }

    private ByteBuffer need(int count) {
      if (in.remaining() < count) {
        throw bad("ends within a field");
      }
      return in;
    }

    private BadCheckpointException bad(String problem) {
      return new BadCheckpointException(file, "not a SentencePiece model: " + problem);
    }
  }
}
