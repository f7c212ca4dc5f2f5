package bessemer.gateway.dashboard;

import bessemer.contracts.EvalSpec;
import bessemer.contracts.InvalidFieldException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An evaluation as the form has it.
///
/// @param once makes sure that a form that is sent twice makes one job
/// @param baseline another model to compare with, or nothing
/// @param texts a file of a registered source, `ID/FILE`
/// @param reference what its lines should say, the same way; nothing if the texts are a table
record EvaluateForm(
    String once,
    String model,
    String baseline,
    String texts,
    String reference,
    String from,
    String to,
    String beams) {

  static EvaluateForm empty(String model) {
    return new EvaluateForm(UUID.randomUUID().toString(), model, "", "", "", "", "", "");
  }

  static EvaluateForm of(MultiValueMap<String, String> fields) {
    return new EvaluateForm(
        text(fields.getFirst("once")),
        text(fields.getFirst("model")),
        text(fields.getFirst("baseline")),
        text(fields.getFirst("texts")),
        text(fields.getFirst("reference")),
        text(fields.getFirst("from_language")),
        text(fields.getFirst("to_language")),
        text(fields.getFirst("beams")));
  }

  /// The body of the call that submits this.
  ///
  /// @throws InvalidFieldException if texts and reference are of two corpora; all else is found by
  ///   the one check of all requests
  ObjectNode request() {
    ObjectNode spec = JsonNodeFactory.instance.objectNode();
    var models = spec.putArray("models");
    if (!baseline.isEmpty()) {
      models.add(baseline); // of two, the first is the baseline
    }
    models.add(model);
    spec.set("corpus", corpus());
    if (!beams.isEmpty()) {
      SubmitForm.put(spec.putObject("search"), "beams", beams);
    }
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("kind", EvalSpec.KIND).set("spec", spec);
    return request;
  }

  private ObjectNode corpus() {
    ObjectNode corpus = JsonNodeFactory.instance.objectNode();
    corpus.put("id", id(texts));
    if (reference.isEmpty()) {
      corpus.put("table", file(texts));
    } else {
      if (!id(reference).equals(id(texts))) {
        throw new InvalidFieldException("spec.corpus.refs", "must be of the same corpus");
      }
      corpus.put("src", file(texts)).putArray("refs").add(file(reference));
    }
    if (!from.isEmpty()) {
      corpus.put("from", from);
    }
    if (!to.isEmpty()) {
      corpus.put("to", to);
    }
    return corpus;
  }

  private static String id(String choice) {
    return choice.substring(0, Math.max(0, choice.indexOf('/')));
  }

  private static String file(String choice) {
    return choice.substring(choice.indexOf('/') + 1);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value.strip();
  }
}
