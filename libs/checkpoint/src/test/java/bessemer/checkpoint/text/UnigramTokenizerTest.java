package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// LingoLite's tokenizer against SentencePiece, recorded by `tools/goldens/lingolite_tokenizer.py`.
class UnigramTokenizerTest {
  private static final Path FOLDER = Path.of("src/test/resources/text/lingolite");
  private static final Path MODEL = FOLDER.resolve("translation_tokenizer.model");

  @TempDir Path folder;

  private static Tokenizer tokenizer() throws IOException {
    return Tokenizer.load(FOLDER, Fixtures.CACHE);
  }

  @Test
  void idsAndTextsEqualSentencePieces() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      for (JsonNode text : Fixtures.json("lingolite.json").get("texts")) {
        int[] ids = tokenizer.encode(text.get("text").asString(), false);
        assertThat(ids).as(text.toString()).isEqualTo(Fixtures.ids(text.get("ids")));
        assertThat(tokenizer.decode(ids, true)).isEqualTo(text.get("decoded").asString());
      }
    }
  }

  @Test
  void bothLanguagesStandAroundATextAndStayWhereItIsCut() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      Languages languages = tokenizer.languages();
      JsonNode marked = Fixtures.json("lingolite.json").get("marked");
      for (JsonNode text : marked) {
        Language from = languages.find(text.get("from").asString());
        Language to = languages.find(text.get("to").asString());
        String words = text.get("text").asString();
        JsonNode most = text.get("most");
        int[] ids =
            most.isNull()
                ? languages.encode(words, from, to)
                : languages.encode(words, from, to, most.asInt());
        assertThat(ids).as(text.toString()).isEqualTo(Fixtures.ids(text.get("ids")));
      }
      assertThat(marked.size()).isGreaterThan(20);
      Language english = languages.find("English");
      assertThatThrownBy(() -> languages.encode("a", english, english, 4))
          .hasMessageContaining("4 tokens have no room for the 5 marks");
    }
  }

  @Test
  void itsLanguagesAreItsTags() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      Languages languages = tokenizer.languages();
      assertThat(languages.all())
          .extracting(Language::code)
          .containsExactly("en", "es", "fr", "de", "it", "da");
      Language german = new Language("de", "German", 7);
      assertThat(List.of(languages.find("German"), languages.find("deu_Latn")))
          .containsOnly(german);
      assertThat(languages.opening(german)).isEmpty();
      assertThat(languages.cutsLongTexts()).isTrue();
      assertThatThrownBy(() -> languages.find("Germna"))
          .isInstanceOf(UnknownLanguageException.class)
          .hasMessageContaining("did you mean de German");
    }
  }

  @Test
  void marksInATextAreSpelledAndHalfCharactersReplaced() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      assertThat(tokenizer.id("</s>")).isEqualTo(OptionalInt.of(2));
      assertThat(tokenizer.encode("the </s> end", false)).doesNotContain(2);
      assertThat(tokenizer.encode("a\ud83d!", false))
          .isEqualTo(tokenizer.encode("a\ufffd!", false));
      assertThat(tokenizer.decode(new int[] {-1, 999_999}, false)).isEmpty();
    }
  }

  @Test
  void survivesModelsThatAreCutOrChanged() throws IOException {
    byte[] whole = Files.readAllBytes(MODEL);
    var random = new Random(11);
    Path file = folder.resolve("translation_tokenizer.model");
    Files.copy(FOLDER.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] changed = whole.clone();
      for (int flip = 0; flip < 20; flip++) {
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, changed);
      try (Tokenizer tokenizer = Tokenizer.load(folder, Fixtures.CACHE)) {
        int[] ids = tokenizer.encode("Grüße, señor! ﬁ Ⅷ <de> 你好", false);
        assertThat(tokenizer.decode(ids, true)).isNotNull();
      } catch (BadCheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 299);
  }

  @Test
  void refusesAModelOfAnotherKind() throws IOException {
    Path pieces = Path.of("src/test/resources/text/nllb-pieces/sentencepiece.bpe.model");
    SentencePieceModel bpe = SentencePieceModel.read(pieces);
    assertThatThrownBy(() -> new UnigramTokenizer(pieces, bpe))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("is of kind 2");
  }
}
