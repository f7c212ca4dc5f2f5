package bessemer.gateway.dashboard;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A conversion as the form has it.
///
/// @param once makes sure that a form that is sent twice makes one job
/// @param from `registered` or `hub`
/// @param precision one of [Precision]'s values
record SubmitForm(
    String once,
    String from,
    String registered,
    String hub,
    String name,
    String precision,
    String group,
    String reference,
    String priority,
    boolean replace) {
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}");

  /// A choice of the form.
  record Precision(String value, String text) {}

  static SubmitForm empty(boolean hasSources) {
    return new SubmitForm(
        UUID.randomUUID().toString(),
        hasSources ? "registered" : "hub",
        "",
        "",
        "",
        "bits:4",
        "64",
        "",
        "0",
        false);
  }

  static SubmitForm of(MultiValueMap<String, String> fields) {
    return new SubmitForm(
        text(fields.getFirst("once")),
        fields.getFirst("from") == null ? "hub" : text(fields.getFirst("from")),
        text(fields.getFirst("registered")),
        text(fields.getFirst("hub")),
        text(fields.getFirst("name")),
        text(fields.getFirst("precision")),
        text(fields.getFirst("group")),
        text(fields.getFirst("reference")),
        text(fields.getFirst("priority")),
        fields.getFirst("replace") != null);
  }

  /// The body of the call that submits this. It checks nothing: what is wrong stays wrong, so that
  /// the one check of all requests finds it.
  ObjectNode request() {
    ObjectNode spec = JsonNodeFactory.instance.objectNode();
    spec.put("source", source());
    spec.put("name", name);
    String[] choice = precision.split(":", 2);
    switch (choice[0]) {
      case "dtype" -> spec.put("dtype", choice[1]);
      case "recipe" -> spec.put("recipe", choice[1]);
      case "bits" -> put(spec, "bits", choice[1]);
      case "dequantize" -> spec.put("dequantize", true);
      default -> {} // each tensor keeps its own
    }
    if (choice[0].equals("bits") || choice[0].equals("recipe")) {
      put(spec, "group_size", group);
    }
    if (!reference.isEmpty()) {
      spec.put("reference", reference);
    }
    spec.put("replace", replace);
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("kind", "convert").set("spec", spec);
    put(request, "priority", priority.isEmpty() ? "0" : priority);
    return request;
  }

  private String source() {
    if (from.equals("registered")) {
      return registered;
    }
    return hub.isEmpty() || hub.startsWith("hf:") ? hub : "hf:" + hub;
  }

  /// As a number where it looks like one.
  static void put(ObjectNode node, String field, String value) {
    if (NUMBER.matcher(value).matches()) {
      node.put(field, Integer.parseInt(value));
    } else {
      node.put(field, value);
    }
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value.strip();
  }
}
