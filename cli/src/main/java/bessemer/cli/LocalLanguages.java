package bessemer.cli;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Tokenizer;
import bessemer.contracts.LanguageView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The languages of a translator in this process, from its tokenizer alone.
record LocalLanguages(Home home) {

  /// @throws CommandException if there is no such model, or it does not translate
  List<LanguageView> of(String model) throws IOException {
    Path directory = ModelArgument.resolve(model, home);
    try (Tokenizer tokenizer = Tokenizer.load(directory, home.cache())) {
      List<Language> languages = tokenizer.languages().all();
      if (languages.isEmpty()) {
        throw new CommandException(
            Exit.FAILED, directory + ": its tokenizer has no languages, so it does not translate");
      }
      return languages.stream()
          .map(language -> new LanguageView(language.code(), language.name()))
          .toList();
    }
  }
}
