package bessemer.checkpoint.text;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The tokenizer of one checkpoint: text to ids and back, special tokens, chat template. Agrees
/// with transformers' `AutoTokenizer` of the same directory; `tokenizer.json` decides, so
/// `add_bos_token` of the configuration has no say. LingoLite's, which transformers does not know,
/// agrees with SentencePiece. Safe for several threads; the owner closes it.
public final class Tokenizer implements AutoCloseable {
  private final Segmenter backend;
  private final Vocabulary vocabulary;
  private final Map<String, String> namedTokens;
  private final Set<Integer> endTokens;
  private final @Nullable ChatTemplate chatTemplate;
  private final boolean cleansUp;
  private final boolean legacyLanguages;

  private Tokenizer(Segmenter backend, Vocabulary vocabulary, TokenizerFiles files)
      throws IOException {
    this.backend = backend;
    this.vocabulary = vocabulary;
    this.namedTokens = Collections.unmodifiableMap(new LinkedHashMap<>(files.namedTokens()));
    this.cleansUp = files.cleansUpSpaces() && !vocabulary.model().equals("BPE");
    this.legacyLanguages = files.legacyLanguages();
    TreeSet<Integer> ends = files.endIds();
    endToken().ifPresent(ends::add);
    this.endTokens = Collections.unmodifiableSet(ends);
    Map<String, String> templates = files.chatTemplates();
    this.chatTemplate = templates.isEmpty() ? null : new ChatTemplate(templates, namedTokens);
  }

  /// Loads the tokenizer of `modelDirectory`; the native library is unpacked below `cache` of
  /// `bessemer.home`, `BESSEMER_HOME` or `~/.bessemer`.
  ///
  /// @throws BadCheckpointException when a file is missing, too large or not what it should be
  public static Tokenizer load(Path modelDirectory) throws IOException {
    return load(modelDirectory, defaultCache());
  }

  /// As [#load(Path)], with the folder for the native library. The first load of the process
  /// decides; nothing is written elsewhere and nothing is fetched.
  public static Tokenizer load(Path modelDirectory, Path cache) throws IOException {
    var files = new TokenizerFiles(modelDirectory);
    Optional<Path> pieces = files.lingoLite();
    if (pieces.isPresent()) {
      SentencePieceModel model = SentencePieceModel.read(pieces.get());
      return new Tokenizer(
          new UnigramTokenizer(pieces.get(), model), Vocabulary.of(pieces.get(), model), files);
    }
    String json = files.tokenizer();
    Path file = modelDirectory.resolve("tokenizer.json");
    Vocabulary vocabulary = Vocabulary.read(file, json);
    NativeLibrary.load(cache);
    NativeTokenizer backend = create(file, json);
    try {
      return new Tokenizer(backend, vocabulary, files);
    } catch (IOException | RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  private static NativeTokenizer create(Path file, String json) {
    try {
      return NativeTokenizer.create(json);
    } catch (RuntimeException e) {
      throw new BadCheckpointException(
          file, "the tokenizers library refuses it: " + e.getMessage(), e);
    }
  }

  private static Path defaultCache() {
    String home = System.getProperty("bessemer.home", System.getenv("BESSEMER_HOME"));
    Path root =
        home == null || home.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".bessemer")
            : Path.of(home);
    return root.resolve("cache");
  }

  /// The ids of `text`, neither cut nor padded. With `addSpecialTokens` the tokens that the
  /// tokenizer puts around a text (often one at its start); not wanted for a rendered chat
  /// template, which writes its own. A lone surrogate counts as U+FFFD.
  public int[] encode(String text, boolean addSpecialTokens) {
    return backend.encode(text, addSpecialTokens);
  }

  /// The text of `ids`; ids that the vocabulary lacks add nothing.
  public String decode(int[] ids, boolean skipSpecial) {
    String text = decodeRaw(ids, 0, ids.length, skipSpecial);
    return cleansUp ? SpaceCleanup.clean(text) : text;
  }

  String decodeRaw(int[] ids, int from, int to, boolean skipSpecial) {
    return backend.decode(ids, from, to, skipSpecial);
  }

  /// A detokenizer for one stream of ids; it must not outlive this tokenizer.
  public StreamingDetokenizer stream(boolean skipSpecial) {
    return new StreamingDetokenizer(this, skipSpecial);
  }

  /// The token of `id` as the vocabulary spells it (`Ġthe`, `▁the`, `<0x0A>`).
  ///
  /// @throws IllegalArgumentException when the vocabulary has no such id
  public String token(int id) {
    String token = vocabulary.token(id);
    if (token == null) {
      throw new IllegalArgumentException(
          "No token with id %d in a vocabulary of %d".formatted(id, vocabulary.size()));
    }
    return token;
  }

  /// The id that the vocabulary gives to exactly this token.
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  /// One more than the largest id; a model's embedding often has more rows.
  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The token that begins a text.
  public OptionalInt beginToken() {
    return named("bos_token");
  }

  /// The token that ends a text; see also [#endTokens].
  public OptionalInt endToken() {
    return named("eos_token");
  }

  /// The token that fills up a batch.
  public OptionalInt padToken() {
    return named("pad_token");
  }

  /// The token for what the vocabulary cannot spell.
  public OptionalInt unknownToken() {
    return named("unk_token");
  }

  private OptionalInt named(String name) {
    String token = namedTokens.get(name);
    return token == null ? OptionalInt.empty() : vocabulary.id(token);
  }

  /// Named special tokens as text (`bos_token` and so on), as chat templates see them.
  public Map<String, String> namedTokens() {
    return namedTokens;
  }

  /// Ids that `decode` leaves out when asked to skip special tokens.
  public Set<Integer> specialTokens() {
    return vocabulary.special();
  }

  /// Ids that end a generated text: those of `generation_config.json` (else `config.json`) and the
  /// tokenizer's own, ascending.
  public Set<Integer> endTokens() {
    return endTokens;
  }

  /// How this model wants conversations written; null for a base model.
  public @Nullable ChatTemplate chatTemplate() {
    return chatTemplate;
  }

  /// The languages of a translator, with the marks they put around a text.
  public Languages languages() {
    return new Languages(this, legacyLanguages);
  }

  boolean cleansUp() {
    return cleansUp;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void close() {
    backend.close();
  }
}
