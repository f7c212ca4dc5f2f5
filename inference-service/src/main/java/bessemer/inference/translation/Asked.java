package bessemer.inference.translation;

import bessemer.checkpoint.text.Language;
import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.contracts.TranslationRequest;
import bessemer.inference.serving.Interpreter;
import bessemer.inference.serving.TranslationOrder;
import bessemer.inference.serving.TranslatorLease;
import bessemer.inference.web.Refusal;
import bessemer.models.generation.Sampling;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Splitting;
import bessemer.models.translation.Task;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request in the words of its model.
record Asked(String model, Language from, Language to, TranslationOrder order, boolean stream) {

  /// @throws Refusal if the model cannot do it
  static Asked of(TranslationRequest request, Interpreter interpreter) {
    Language from = language(interpreter, request.sourceLang(), "source_lang");
    Language to = language(interpreter, request.targetLang(), "target_lang");
    var order =
        new TranslationOrder(
            texts(request, interpreter, from, to), options(request, interpreter), request.stream());
    return new Asked(request.model(), from, to, order, request.stream());
  }

  private static Language language(Interpreter interpreter, String name, String field) {
    try {
      return interpreter.languages().find(name);
    } catch (UnknownLanguageException e) {
      throw new Refusal(String.valueOf(e.getMessage()), field, "unknown_language");
    }
  }

  private static SearchOptions options(TranslationRequest request, Interpreter interpreter) {
    SearchOptions defaults = interpreter.defaults();
    Sampling sampling = sampling(request);
    int beams = or(request.beams(), sampling.plainGreedy() ? defaults.beams() : 1);
    if (beams > 1 && !sampling.plainGreedy()) {
      throw Refusal.value(
          "beams",
          "is %d, which follow the likeliest translations: with a temperature none are"
              .formatted(beams));
    }
    int most = or(request.maxTokens(), Math.min(defaults.maxLength(), interpreter.contextLength()));
    if (most > interpreter.contextLength()) {
      throw Refusal.value(
          "max_tokens",
          "is %d, the model writes %d at most".formatted(most, interpreter.contextLength()));
    }
    int ngram = or(request.noRepeatNgram(), defaults.noRepeatNgram());
    int banned = ngram == 0 ? 0 : most; // tokens that repeat something, at most, of a step
    if (2 * beams + banned > interpreter.vocabulary()) {
      throw Refusal.value(
          ngram == 0 ? "beams" : "no_repeat_ngram",
          "leaves no alternatives: %d beams of up to %d tokens, a vocabulary of %d"
              .formatted(beams, most, interpreter.vocabulary()));
    }
    return new SearchOptions(
        beams,
        most,
        or(request.lengthPenalty(), defaults.lengthPenalty()),
        ngram,
        defaults.earlyStopping(),
        sampling);
  }

  /// Nobody who asks for a temperature wants the beams that a model's settings have.
  private static Sampling sampling(TranslationRequest request) {
    float temperature = or(request.temperature(), 0.0).floatValue();
    int topK = or(request.topK(), 0);
    float topP = or(request.topP(), 1.0).floatValue();
    if (temperature == 0 && (topK != 0 || topP != 1)) {
      throw Refusal.value(
          topK == 0 ? "top_p" : "top_k",
          "chooses what is drawn from: give a temperature too, such as 1");
    }
    return temperature == 0
        ? Sampling.greedy()
        : new Sampling(1, temperature, topK, topP, 0, or(request.seed(), 0L));
  }

  private static <T> T or(@Nullable T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }

  private static List<List<Task>> texts(
      TranslationRequest request, Interpreter interpreter, Language from, Language to) {
    String split = request.split();
    boolean all = split == null ? request.stream() : split.equals(TranslationRequest.SPLIT_ALL);
    Splitting splitting = all ? Splitting.ALL_TEXTS : Splitting.LONG_TEXTS;
    List<List<Task>> texts = new ArrayList<>();
    int sentences = 0;
    String one = request.text();
    List<String> given = one == null ? or(request.texts(), List.<String>of()) : List.of(one);
    for (String text : given) {
      String field = one == null ? "texts[" + texts.size() + "]" : "text";
      texts.add(tasks(interpreter, text, from, to, splitting, field));
      sentences += texts.getLast().size();
      if (sentences > TranslatorLease.MOST_SENTENCES) {
        throw Refusal.value(
            field,
            "makes more than %d sentences: send them in several requests"
                .formatted(TranslatorLease.MOST_SENTENCES));
      }
    }
    return texts;
  }

  private static List<Task> tasks(
      Interpreter interpreter,
      String text,
      Language from,
      Language to,
      Splitting splitting,
      String field) {
    try {
      return interpreter.tasks(text, from, to, splitting);
    } catch (IllegalArgumentException e) {
      throw Refusal.value(field, "has " + e.getMessage());
    }
  }
}
