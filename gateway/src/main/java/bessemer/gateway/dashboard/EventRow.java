package bessemer.gateway.dashboard;

import bessemer.contracts.JobEvent;
import bessemer.contracts.JobView;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// An event of a job in words.
record EventRow(long seq, String clock, String type, String text) {

  static EventRow of(JobEvent event) {
    return new EventRow(event.seq(), Show.clock(event.at()), event.type(), text(event));
  }

  private static String text(JobEvent event) {
    Map<String, Object> data = event.data();
    return switch (event.type()) {
      case "submitted" -> "%s, priority %s".formatted(data.get("kind"), data.get("priority"));
      case "claimed" -> "attempt %d on %s".formatted(event.epoch(), data.get("owner"));
      case "waiting", "retrying" -> word(data, "reason");
      case "step" -> word(data, "name");
      case "progress" -> progress(data);
      case "shard" ->
          "%s, %s, SHA-256 %.12s…"
              .formatted(word(data, "file"), bytes(data, "bytes"), word(data, "sha256"));
      case "note" -> word(data, "text");
      case "cancelling", "cancelled" -> "by " + word(data, "by");
      case "failed" -> word(data, "error");
      default ->
          data.entrySet().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue())
              .collect(Collectors.joining(", "));
    };
  }

  private static String progress(Map<String, Object> data) {
    return word(data, "step")
        + (number(data, "total") > 0
            ? " · %s of %s".formatted(amount(data, "done"), amount(data, "total"))
            : "");
  }

  private static String amount(Map<String, Object> data, String field) {
    String unit = Objects.toString(data.get("unit"), JobView.Progress.BYTES);
    return Show.amount(number(data, field), unit);
  }

  private static String bytes(Map<String, Object> data, String field) {
    return Show.bytes(number(data, field));
  }

  private static double number(Map<String, Object> data, String field) {
    return data.get(field) instanceof Number number ? number.doubleValue() : 0;
  }

  private static String word(Map<String, Object> data, String field) {
    return Objects.toString(data.get(field), "");
  }
}
