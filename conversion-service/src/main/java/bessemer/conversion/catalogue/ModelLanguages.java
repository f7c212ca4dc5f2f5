package bessemer.conversion.catalogue;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.contracts.LanguageView;
import bessemer.db.catalogue.Catalogue.Placed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;

/// The languages of translators, from their tokenizers alone. A tokenizer of many languages takes a
/// second to read, and a version of a model never changes, so they are remembered.
final class ModelLanguages {
  private static final int MOST = 32; // models

  private final Models models;
  private final Path cache;
  private final Map<UUID, List<LanguageView>> known = new LinkedHashMap<>(); // guarded by this

  /// @param cache a folder for the tokenizer's native library
  ModelLanguages(Models models, Path cache) {
    this.models = models;
    this.cache = cache;
  }

  /// @throws NoSuchElementException if there is no such model, or it does not translate
  List<LanguageView> of(String name) throws IOException {
    Placed model = models.find(name);
    if (!model.view().translates()) {
      throw new NoSuchElementException(
          "'%s' has no languages: it does not translate".formatted(name));
    }
    return read(model);
  }

  private synchronized List<LanguageView> read(Placed model) throws IOException {
    UUID version = model.view().version();
    List<LanguageView> languages = known.get(version);
    if (languages == null) {
      try (Tokenizer tokenizer = Tokenizer.load(models.directory(model), cache)) {
        languages =
            tokenizer.languages().all().stream()
                .map(language -> new LanguageView(language.code(), language.name()))
                .toList();
      }
      if (known.size() == MOST) {
        known.remove(known.keySet().iterator().next());
      }
      known.put(version, languages);
    }
    return languages;
  }
}
