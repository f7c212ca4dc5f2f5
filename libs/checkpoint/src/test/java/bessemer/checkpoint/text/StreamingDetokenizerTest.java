package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class StreamingDetokenizerTest {
  private static final String[] PARTS = {
    "a",
    "Z",
    " ",
    "  ",
    "\n",
    "\t",
    ".",
    ",",
    "'",
    " ' ",
    " 's",
    " n't",
    "é",
    "e\u0301",
    "ß",
    "Ж",
    "你",
    "好",
    "鉄",
    "ع",
    "لَ",
    "कि",
    "😀",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "❤\ufe0f",
    "𝕳",
    "𠜎",
    "\ufffd",
    "\u0000",
    "<s>",
    "<|end|>",
    "▁",
    "steel",
    " world",
    "12345"
  };

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void piecesOfRandomTextJoinToTheWholeDecoding(String name) {
    var random = new Random(11);
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      for (int round = 0; round < 300; round++) {
        var text = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
          text.append(PARTS[random.nextInt(PARTS.length)]);
        }
        check(tokenizer, tokenizer.encode(text.toString(), true), random.nextBoolean());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void piecesOfRandomIdsJoinToTheWholeDecoding(String name) {
    var random = new Random(12);
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      for (int round = 0; round < 300; round++) {
        int most = tokenizer.vocabularySize() + 5;
        int bound = round % 2 == 0 ? most : Math.min(most, 270); // the bytes come first
        int[] ids = random.ints(1 + random.nextInt(80), 0, bound).toArray();
        check(tokenizer, ids, random.nextBoolean());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "mistral", "unigram"})
  void piecesOfTheGoldenTextsJoinToTheWholeDecoding(String name) {
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      for (JsonNode entry : Fixtures.json("tokenizers.json").get(name).get("cases")) {
        check(tokenizer, Fixtures.ids(entry.get("with_special")), true);
        check(tokenizer, Fixtures.ids(entry.get("with_special")), false);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "llama2"})
  void givesOutTextAsSoonAsItIsSettled(String name) {
    try (Tokenizer tokenizer = Fixtures.tokenizer(name)) {
      StreamingDetokenizer stream = tokenizer.stream(true);
      var soFar = new StringBuilder();
      int[] ids = tokenizer.encode("the steel is hot 😀 and bright", false);
      int silent = 0;
      int longestSilence = 0;
      for (int id : ids) {
        String piece = stream.add(id);
        soFar.append(piece);
        silent = piece.isEmpty() ? silent + 1 : 0;
        longestSilence = Math.max(longestSilence, silent);
      }
      assertThat(soFar.toString()).isEqualTo("the steel is hot 😀 and bright");
      assertThat(longestSilence).isLessThanOrEqualTo(4); // the bytes of the emoji
      assertThat(stream.finish()).isEmpty();
    }
  }

  private static void check(Tokenizer tokenizer, int[] ids, boolean skipSpecial) {
    StreamingDetokenizer stream = tokenizer.stream(skipSpecial);
    for (int repeat = 0; repeat < 2; repeat++) { // finish() begins anew
      var joined = new StringBuilder();
      for (int id : ids) {
        joined.append(whole(stream.add(id)));
      }
      joined.append(whole(stream.finish()));
      assertThat(joined.toString()).isEqualTo(tokenizer.decode(ids, skipSpecial));
    }
  }

  private static String whole(String piece) {
    if (!piece.isEmpty()) {
      assertThat(Character.isLowSurrogate(piece.charAt(0))).isFalse();
      assertThat(Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isFalse();
    }
    return piece;
  }
}
