package bessemer.checkpoint.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tokenizer is an NLLB one whose words are letters; `tools/goldens/translation.py` made it and
/// recorded the ids with transformers.
class LanguagesTest {
  @TempDir Path folder;

  /// The tokenizer with texts of its files replaced.
  private Tokenizer changed(String file, String from, String to) throws IOException {
    for (String name : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
      String text = Files.readString(Fixtures.directory("nllb").resolve(name));
      assertThat(!name.equals(file) || text.contains(from)).isTrue();
      Files.writeString(folder.resolve(name), name.equals(file) ? text.replace(from, to) : text);
    }
    return Tokenizer.load(folder, Fixtures.CACHE);
  }

  private static int[] encode(Languages languages, String text, String from) {
    return languages.encode(text, languages.find(from), languages.all().getLast());
  }

  @Test
  void theLanguageStandsBeforeTheText() {
    try (Tokenizer tokenizer = Fixtures.tokenizer("nllb")) {
      Languages languages = tokenizer.languages();
      assertThat(encode(languages, "a b c", "eng_Latn")).containsExactly(290, 4, 5, 6, 2);
      assertThat(encode(languages, "q", "fra_Latn")).containsExactly(291, 20, 2);
    }
  }

  @Test
  void theLanguageStandsBehindTheEndWhereTheConfigurationAsksForIt() throws IOException {
    String flag = "\"legacy_behaviour\": ";
    try (Tokenizer tokenizer = changed("tokenizer_config.json", flag + "false", flag + "true")) {
      Languages languages = tokenizer.languages();
      assertThat(encode(languages, "a b c", "eng_Latn")).containsExactly(4, 5, 6, 2, 290);
    }
  }

  @Test
  void languagesOfM2m100AreReadWithoutTheirUnderscores() throws IOException {
    try (Tokenizer tokenizer = changed("tokenizer.json", "fra_Latn", "__fr__")) {
      Languages languages = tokenizer.languages();
      assertThat(languages.all())
          .extracting(Language::code)
          .containsExactly("eng_Latn", "fr", "deu_Latn");
      assertThat(languages.find("__fr__")).isEqualTo(new Language("fr", "French", 291));
      assertThat(encode(languages, "q", "fr")).containsExactly(291, 20, 2);
    }
  }

  @Test
  void languagesAreFoundByCodeAndByName() {
    try (Tokenizer tokenizer = Fixtures.tokenizer("nllb")) {
      Languages languages = tokenizer.languages();
      Language german = new Language("deu_Latn", "German", 292);
      assertThat(languages.find("deu_Latn")).isEqualTo(german);
      assertThat(languages.find("DEU_LATN ")).isEqualTo(german);
      assertThat(languages.find("German")).isEqualTo(german);
      assertThat(languages.find("de")).isEqualTo(german);
    }
  }

  @Test
  void aTypoIsAnsweredWithTheNearestLanguages() {
    try (Tokenizer tokenizer = Fixtures.tokenizer("nllb")) {
      assertThatThrownBy(() -> tokenizer.languages().find("Frensh"))
          .isInstanceOf(UnknownLanguageException.class)
          .hasMessageContaining("\"Frensh\"; did you mean fra_Latn French,");
    }
  }

  @Test
  void aNameThatSeveralLanguagesShareIsNotGuessed() throws IOException {
    String json = Files.readString(Fixtures.directory("nllb").resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("tokenizer.json"),
        json.replace("fra_Latn", "zho_Hans").replace("deu_Latn", "zho_Hant"));
    try (Tokenizer tokenizer = Tokenizer.load(folder, Fixtures.CACHE)) {
      Languages languages = tokenizer.languages();
      assertThat(languages.find("chinese (traditional)").code()).isEqualTo("zho_Hant");
      assertThatThrownBy(() -> languages.find("zh"))
          .isInstanceOf(UnknownLanguageException.class)
          .hasMessageContaining("zho_Hans Chinese (Simplified) or zho_Hant Chinese (Traditional)");
    }
  }

  @Test
  void everyLanguageOfBothFamiliesHasAName() {
    assertThat(LanguageNames.read().keySet().stream().filter(code -> code.length() == 8))
        .hasSize(202);
    assertThat(LanguageNames.read().keySet().stream().filter(code -> code.length() <= 3))
        .hasSize(100);
  }

  @Test
  void aTokenizerOfAnotherKindHasNoLanguages() {
    try (Tokenizer tokenizer = Fixtures.tokenizer("llama3")) {
      assertThat(tokenizer.languages().all()).isEmpty();
      assertThatThrownBy(() -> tokenizer.languages().find("English"))
          .hasMessageContaining("no languages");
    }
  }
}
