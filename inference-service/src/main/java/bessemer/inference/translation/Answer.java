package bessemer.inference.translation;

import bessemer.contracts.TranslationView;
import bessemer.inference.serving.TranslationListener.Timing;
import bessemer.inference.serving.TranslationListener.Translated;
import bessemer.models.translation.TextTranslator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Puts the sentences of an answer together as they come. For one thread at a time.
final class Answer {
  private static final double NANOS = 1e9;

  private final Asked asked;
  private final List<Translated[]> texts = new ArrayList<>();

  Answer(Asked asked) {
    this.asked = asked;
    asked.order().texts().forEach(tasks -> texts.add(new Translated[tasks.size()]));
  }

  TranslationView.Sentence add(Translated one) {
    texts.get(one.text())[one.index()] = one;
    return new TranslationView.Sentence(
        one.text(), one.index(), texts.get(one.text()).length, one.words(), finish(one.whole()));
  }

  /// After the last sentence.
  TranslationView whole(Timing timing) {
    return new TranslationView(
        asked.model(),
        asked.from().code(),
        asked.to().code(),
        texts.stream().map(this::text).toList(),
        timing.queueNanos() / NANOS,
        timing.nanos() / NANOS);
  }

  private TranslationView.Text text(Translated[] sentences) {
    List<Translated> all = Arrays.stream(sentences).map(Objects::requireNonNull).toList();
    return new TranslationView.Text(
        TextTranslator.joined(all.stream().map(Translated::words).toList(), asked.to()),
        all.size(),
        all.stream().mapToInt(Translated::sourceTokens).sum(),
        all.stream().mapToInt(Translated::targetTokens).sum(),
        finish(all.stream().allMatch(Translated::whole)),
        all.stream().mapToLong(Translated::nanos).max().orElse(0) / NANOS);
  }

  private static String finish(boolean whole) {
    return whole ? TranslationView.STOP : TranslationView.LENGTH;
  }
}
