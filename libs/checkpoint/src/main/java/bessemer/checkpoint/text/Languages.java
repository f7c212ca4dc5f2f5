package bessemer.checkpoint.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The languages of a translator's tokenizer, and the marks that tell the model of them.
///
/// NLLB-200 writes `[language] text </s>`, or `text </s> [language]` where its configuration asks
/// for `legacy_behaviour`; M2M-100, whose languages are `__xx__`, always the former. A translation
/// begins with its language's token. LingoLite, whose languages are `<xx>`, writes `<src>
/// [language] text </s> <tgt> [language of the translation]`.
public final class Languages {
  private static final Pattern NLLB = Pattern.compile("([a-z]{3}_[A-Z][a-z]{3})");
  private static final Pattern M2M = Pattern.compile("__([a-z]{2,3})__");
  private static final Pattern LINGO_LITE =
      Pattern.compile("<(?!src|tgt|pad|unk)([a-z]{2,3}(?:_[A-Z][a-z]{3})?)>");
  private static final String SOURCE = "<src>";
  private static final String TARGET = "<tgt>";
  private static final int SUGGESTIONS = 3;

  /// Where the languages stand.
  private enum Form {
    BEFORE,
    BEHIND,
    /// Both of them in the source.
    AROUND
  }

  private final Tokenizer tokenizer;
  private final Form form;
  private final List<Language> all;
  private final Map<String, String> names;

  Languages(Tokenizer tokenizer, boolean legacy) {
    this.tokenizer = tokenizer;
    this.form = form(tokenizer, legacy);
    this.names = LanguageNames.read();
    List<Pattern> kinds = form == Form.AROUND ? List.of(LINGO_LITE) : List.of(NLLB, M2M);
    List<Language> found = new ArrayList<>();
    for (int id : tokenizer.specialTokens()) {
      String token = tokenizer.token(id);
      for (Pattern kind : kinds) {
        Matcher matcher = kind.matcher(token);
        if (matcher.matches()) {
          String code = matcher.group(1);
          found.add(new Language(code, names.getOrDefault(code, code), id));
        }
      }
    }
    found.sort(Comparator.comparingInt(Language::token));
    this.all = List.copyOf(found);
  }

  private static Form form(Tokenizer tokenizer, boolean legacy) {
    boolean around =
        Stream.of(SOURCE, TARGET)
            .map(tokenizer::id)
            .allMatch(id -> id.isPresent() && tokenizer.specialTokens().contains(id.getAsInt()));
    if (around) {
      return Form.AROUND;
    }
    return legacy ? Form.BEHIND : Form.BEFORE;
  }

  /// In the order of their tokens; none where the tokenizer is not a translator's.
  public List<Language> all() {
    return all;
  }

  /// A source text as the model wants it.
  public int[] encode(String text, Language from, Language to) {
    return encode(text, from, to, Integer.MAX_VALUE);
  }

  /// The same of at most so many tokens: what has no room at the end of the text is cut off, the
  /// marks stay.
  ///
  /// @throws IllegalArgumentException if there is no room for the marks alone
  public int[] encode(String text, Language from, Language to, int most) {
    int[] before = before(from);
    int[] behind = behind(from, to);
    int[] words = tokenizer.encode(text, false);
    int marks = before.length + behind.length;
    if (most < marks) {
      throw new IllegalArgumentException(
          "%d tokens have no room for the %d marks of languages".formatted(most, marks));
    }
    int count = Math.min(words.length, most - marks);
    int[] marked = Arrays.copyOf(before, marks + count);
    System.arraycopy(words, 0, marked, before.length, count);
    System.arraycopy(behind, 0, marked, before.length + count, behind.length);
    return marked;
  }

  private int[] before(Language from) {
    return switch (form) {
      case BEFORE -> new int[] {from.token()};
      case BEHIND -> new int[0];
      case AROUND -> new int[] {token(SOURCE), from.token()};
    };
  }

  private int[] behind(Language from, Language to) {
    return switch (form) {
      case BEFORE -> new int[] {end()};
      case BEHIND -> new int[] {end(), from.token()};
      case AROUND -> new int[] {end(), token(TARGET), to.token()};
    };
  }

  /// What a translation has to begin with.
  public List<Integer> opening(Language to) {
    return form == Form.AROUND ? List.of() : List.of(to.token());
  }

  /// Whether the model was made with sources that are cut where they are too long.
  public boolean cutsLongTexts() {
    return form == Form.AROUND;
  }

  private int end() {
    OptionalInt named = tokenizer.endToken();
    return named.isPresent() ? named.getAsInt() : token("</s>");
  }

  private int token(String text) {
    return tokenizer
        .id(text)
        .orElseThrow(() -> new IllegalStateException("the tokenizer has no token " + text));
  }

  /// The words of a translation, as transformers has them: M2M-100's without spaces around. Those
  /// of LingoLite as SentencePiece has them.
  public String decode(int[] tokens) {
    String text = tokenizer.decode(tokens, true);
    boolean nllb = all.stream().anyMatch(language -> language.code().contains("_"));
    return nllb || form == Form.AROUND ? text : text.strip();
  }

  /// The language of this code or English name; a code of another translator means the same name.
  ///
  /// @throws UnknownLanguageException if there is none, or more than one
  public Language find(String text) {
    String wanted = text.strip().toLowerCase(Locale.ROOT);
    String name = nameOf(wanted);
    List<Predicate<Language>> ways =
        List.of(
            language -> lower(language.code()).equals(wanted),
            language -> tokenizer.token(language.token()).equals(wanted),
            language -> lower(language.name()).equals(name),
            language -> lower(language.plainName()).equals(name));
    for (Predicate<Language> way : ways) {
      List<Language> matches = all.stream().filter(way).toList();
      if (matches.size() > 1) {
        throw new UnknownLanguageException(
            "\"%s\" may be %s: name one of them".formatted(text, listed(matches)));
      }
      if (!matches.isEmpty()) {
        return matches.getFirst();
      }
    }
    throw unknown(text, wanted);
  }

  /// The plain name that a code of any translator stands for; what is no code is a name itself.
  private String nameOf(String wanted) {
    for (Map.Entry<String, String> entry : names.entrySet()) {
      if (lower(entry.getKey()).equals(wanted)) {
        return lower(new Language(entry.getKey(), entry.getValue(), 0).plainName());
      }
    }
    return wanted;
  }

  private UnknownLanguageException unknown(String text, String wanted) {
    if (all.isEmpty()) {
      return new UnknownLanguageException("the model's tokenizer has no languages");
    }
    List<Language> near =
        all.stream()
            .sorted(Comparator.comparingInt(language -> distance(wanted, language)))
            .limit(SUGGESTIONS)
            .toList();
    return new UnknownLanguageException(
        "the model does not know the language \"%s\"; did you mean %s?"
            .formatted(text, listed(near)));
  }

  private static String listed(List<Language> languages) {
    List<String> texts =
        languages.stream().map(language -> language.code() + " " + language.name()).toList();
    int last = texts.size() - 1;
    return last == 0
        ? texts.getFirst()
        : String.join(", ", texts.subList(0, last)) + " or " + texts.get(last);
  }

  private static int distance(String wanted, Language language) {
    int code = distance(wanted, lower(language.code()));
    int name = distance(wanted, lower(language.name()));
    int plain = distance(wanted, lower(language.plainName()));
    return Math.min(code, Math.min(name, plain));
  }

  /// Insertions, deletions and replacements that make one text the other (Levenshtein).
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
