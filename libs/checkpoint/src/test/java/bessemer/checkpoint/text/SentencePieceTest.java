package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Translators without `tokenizer.json` against transformers, recorded by
/// `tools/goldens/translation_tokenizers.py`.
class SentencePieceTest {
  private static final Path TEXT = Path.of("src/test/resources/text");
  private static final Path PIECES = TEXT.resolve("nllb-pieces/sentencepiece.bpe.model");

  @TempDir Path folder;

  @Test
  void idsAndTextsEqualTransformers() throws IOException {
    for (JsonNode record : Fixtures.json("translators.json")) {
      Path directory = TEXT.resolve(record.get("folder").asString());
      try (Tokenizer tokenizer = Tokenizer.load(directory, Fixtures.CACHE)) {
        Languages languages = tokenizer.languages();
        Language language = languages.find(record.get("language").asString());
        assertThat(language.token()).isEqualTo(record.get("token").asInt());
        for (JsonNode text : record.get("texts")) {
          int[] ids = languages.encode(text.get("text").asString(), language);
          assertThat(ids)
              .as(directory.getFileName() + ": " + text.get("text"))
              .isEqualTo(Fixtures.ids(text.get("ids")));
          assertThat(languages.decode(ids)).isEqualTo(text.get("decoded").asString());
        }
      }
    }
  }

  @Test
  void nllbHasItsLanguagesBehindThePieces() throws IOException {
    int pieces = SentencePieceModel.read(PIECES).pieces().size();
    try (Tokenizer tokenizer = Tokenizer.load(PIECES.getParent(), Fixtures.CACHE)) {
      Languages languages = tokenizer.languages();
      assertThat(languages.all()).hasSize(202);
      assertThat(languages.all().getFirst()).extracting(Language::token).isEqualTo(pieces + 1);
      assertThat(languages.find("English").token()).isEqualTo(pieces + 1 + 46);
      assertThat(tokenizer.id("<mask>")).hasValue(pieces + 1 + 202);
    }
  }

  @Test
  void refusesFilesThatAreCutOrChanged() throws IOException {
    byte[] whole = Files.readAllBytes(PIECES);
    var random = new Random(4);
    Path file = folder.resolve("sentencepiece.bpe.model");
    for (int round = 0; round < 300; round++) {
      byte[] changed = java.util.Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, changed);
      try {
        assertThat(SentencePieceModel.read(file).pieces()).isNotEmpty();
      } catch (BadCheckpointException e) {
        assertThat(e).hasMessageContaining("SentencePiece model");
      }
    }
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> SentencePieceModel.read(file))
        .isInstanceOf(BadCheckpointException.class)
        .hasMessageContaining("has no pieces");
  }
}
