package bessemer.inference.serving;

import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Splitting;
import bessemer.models.translation.Task;
import java.util.Arrays;
import java.util.List;

/// What the tests have translated.
final class Orders {
  /// Is not done before many others are.
  static final String LONG = "a b c d e f g h i j k l m n o p q r";

  private Orders() {}

  static TranslationOrder order(TranslatorLease lease, boolean inOrder, String... texts) {
    return order(lease, SearchOptions.of(1, 20), inOrder, texts);
  }

  static TranslationOrder order(
      TranslatorLease lease, SearchOptions options, boolean inOrder, String... texts) {
    var from = lease.interpreter().languages().find("en");
    var to = lease.interpreter().languages().find("fr");
    List<List<Task>> tasks =
        Arrays.stream(texts)
            .map(text -> lease.interpreter().tasks(text, from, to, Splitting.LONG_TEXTS))
            .toList();
    return new TranslationOrder(tasks, options, inOrder);
  }
}
