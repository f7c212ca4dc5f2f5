package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Translates a corpus with one model or two of the catalogue, and scores what they wrote. Of two,
/// the first is the baseline.
///
/// @param models by name
/// @param search how translations are searched; null leaves all to the models
/// @param scoring by which metrics; null for BLEU and chrF
/// @param samples for intervals and significance; null as often as the test usually does, 0 leaves
///   them out
/// @param seed of the resampling; null for sacrebleu's
/// @param significance `bootstrap` or `randomization`, for two models
public record EvalSpec(
    List<String> models,
    CorpusFiles corpus,
    @Nullable Search search,
    @Nullable Scoring scoring,
    @Nullable Integer samples,
    @Nullable Long seed,
    String significance)
    implements JobSpec {
  public static final String KIND = "eval";

  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final int MOST_SAMPLES = 100_000;

  /// @throws InvalidFieldException naming the first field that is wrong
  public EvalSpec {
    if (models == null || models.isEmpty() || models.size() > 2) {
      throw new InvalidFieldException("spec.models", "must be one name or two");
    }
    models = List.copyOf(models);
    for (String model : models) {
      Names.model("spec.models", model);
    }
    if (new HashSet<>(models).size() < models.size()) {
      throw new InvalidFieldException("spec.models", "names the same model twice");
    }
    if (corpus == null) {
      throw new InvalidFieldException("spec.corpus", "is missing");
    }
    within("spec.samples", samples, 0, MOST_SAMPLES);
    if (samples != null && samples == 1) {
      throw new InvalidFieldException("spec.samples", "must be 0 or at least 2");
    }
    if (seed != null && seed < 0) {
      throw new InvalidFieldException("spec.seed", "must not be negative");
    }
    significance = significance == null ? "bootstrap" : significance;
    oneOf("spec.significance", significance, Set.of("bootstrap", "randomization"));
  }

  /// The files of a registered source: a text a line in each, or one table.
  ///
  /// @param id of the source
  /// @param src the file to translate, with `refs`
  /// @param refs what its lines should say: a file for each set of references
  /// @param table one file instead, `.tsv` or `.jsonl`
  /// @param columns of the table; null for the usual names
  /// @param from the language of lines that do not say theirs
  /// @param to the language to translate to, the same way
  public record CorpusFiles(
      String id,
      @Nullable String src,
      List<String> refs,
      @Nullable String table,
      @Nullable Columns columns,
      @Nullable String from,
      @Nullable String to) {
    public CorpusFiles {
      if (id == null || !ID.matcher(id).matches()) {
        throw new InvalidFieldException(
            "spec.corpus.id", "'%s' must be the id of a registered source".formatted(id));
      }
      refs = refs == null ? List.of() : List.copyOf(refs);
      if (table == null ? src == null || refs.isEmpty() : src != null || !refs.isEmpty()) {
        throw new InvalidFieldException("spec.corpus", "needs src and refs, or table alone");
      }
      if (table == null) {
        language("spec.corpus.from", from);
        language("spec.corpus.to", to);
      } else {
        Names.file("spec.corpus.table", table);
      }
      if (src != null) {
        Names.file("spec.corpus.src", src);
      }
      refs.forEach(file -> Names.file("spec.corpus.refs", file));
      if (columns != null && table == null) {
        throw new InvalidFieldException("spec.corpus.columns", "belong to a table");
      }
    }

    private static void language(String field, @Nullable String name) {
      if (name == null || name.isBlank()) {
        throw new InvalidFieldException(field, "is missing: the language of all lines");
      }
    }
  }

  /// What the columns or fields of a table are called; null as usual: `source`, `reference`,
  /// `from`, `to`.
  public record Columns(
      @Nullable String source,
      List<String> references,
      @Nullable String from,
      @Nullable String to) {
    public Columns {
      references = references == null ? List.of() : List.copyOf(references);
    }
  }

  /// What is null is as the model's `generation_config.json` has it.
  ///
  /// @param batch texts that are translated together at most; null for 16
  public record Search(
      @Nullable Integer beams,
      @JsonProperty("max_tokens") @Nullable Integer maxTokens,
      @JsonProperty("length_penalty") @Nullable Double lengthPenalty,
      @JsonProperty("no_repeat_ngram") @Nullable Integer noRepeatNgram,
      @Nullable Integer batch) {
    public Search {
      within("spec.search.beams", beams, 1, 64);
      within("spec.search.max_tokens", maxTokens, 3, 100_000);
      within("spec.search.no_repeat_ngram", noRepeatNgram, 0, 1000);
      within("spec.search.batch", batch, 1, 1024);
      if (lengthPenalty != null && !(Math.abs(lengthPenalty) <= 100)) {
        throw new InvalidFieldException("spec.search.length_penalty", "must be from -100 to 100");
      }
    }
  }

  /// The choices of `eval score`, with its names.
  ///
  /// @param metrics `bleu`, `chrf`, `chrf++`; null for the first two
  public record Scoring(
      List<String> metrics,
      @Nullable String tokenize,
      @Nullable String smooth,
      @JsonProperty("smooth_value") @Nullable Double smoothValue,
      boolean lowercase,
      boolean whitespace,
      @JsonProperty("eps_smoothing") boolean epsSmoothing,
      @Nullable Integer beta) {
    public Scoring {
      metrics = metrics == null ? List.of("bleu", "chrf") : List.copyOf(metrics);
      if (metrics.isEmpty()) {
        throw new InvalidFieldException("spec.scoring.metrics", "must be one at least");
      }
      for (String metric : metrics) {
        oneOf("spec.scoring.metrics", metric, Set.of("bleu", "chrf", "chrf++"));
      }
      oneOf("spec.scoring.tokenize", tokenize, Set.of("13a", "intl", "zh", "char", "none"));
      oneOf("spec.scoring.smooth", smooth, Set.of("exp", "floor", "add-k", "none"));
      within("spec.scoring.beta", beta, 1, 100);
      if (smoothValue != null && !(smoothValue >= 0 && smoothValue <= 1000)) {
        throw new InvalidFieldException("spec.scoring.smooth_value", "must be from 0 to 1000");
      }
    }
  }

  private static void within(String field, @Nullable Integer value, int least, int most) {
    if (value != null && (value < least || value > most)) {
      throw new InvalidFieldException(
          field, "must be from %d to %d, is %d".formatted(least, most, value));
    }
  }

  private static void oneOf(String field, @Nullable String value, Set<String> allowed) {
    if (value != null && !allowed.contains(value)) {
      throw new InvalidFieldException(
          field,
          "'%s' must be one of %s"
              .formatted(value, String.join(", ", allowed.stream().sorted().toList())));
    }
  }
}
