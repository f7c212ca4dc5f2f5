package bessemer.cli;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The languages of a translator in this process, from its tokenizer alone.
record LocalLanguages(Console console, Home home) {

  /// @throws CommandException if there is no such model, or it does not translate
  void print(String model, boolean json) throws IOException {
    Path directory = ModelArgument.resolve(model, home);
    try (Tokenizer tokenizer = Tokenizer.load(directory, home.cache())) {
      List<Language> languages = tokenizer.languages().all();
      if (languages.isEmpty()) {
        throw new CommandException(
            Exit.FAILED, directory + ": its tokenizer has no languages, so it does not translate");
      }
      if (json) {
        console.out().println(Json.of(languages));
      } else {
        var table = new Table().row("CODE", "LANGUAGE");
        languages.forEach(language -> table.row(language.code(), language.name()));
        console.out().print(table);
      }
    }
  }
}
