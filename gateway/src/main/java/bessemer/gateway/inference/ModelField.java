package bessemer.gateway.inference;

import bessemer.contracts.InvalidFieldException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The `model` of a request's body. Nothing else of it is looked at: the worker knows the rest.
final class ModelField {
  private static final String NAME = "model";
  private static final int LONGEST = 64;
  private static final JsonFactory JSON = new JsonFactory();

  private ModelField() {}

  /// @throws InvalidFieldException if the body is no JSON object with a name in `model`
  static String in(byte[] body) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidFieldException(NAME, "the body is not a JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean found = parser.currentName().equals(NAME);
        JsonToken value = parser.nextToken();
        if (found) {
          return name(parser, value);
        }
        parser.skipChildren();
      }
    } catch (JacksonException e) {
      throw new InvalidFieldException(NAME, "the body is no JSON: " + e.getOriginalMessage());
    }
    throw new InvalidFieldException(NAME, "is missing; GET /v1/models lists what there is");
  }

  private static String name(JsonParser parser, JsonToken value) {
    if (value != JsonToken.VALUE_STRING) {
      throw new InvalidFieldException(NAME, "must be a string");
    }
    String name = parser.getString();
    if (name.isEmpty() || name.length() > LONGEST) {
      throw new InvalidFieldException(
          NAME, "has %d characters, and a name has 1 to %d".formatted(name.length(), LONGEST));
    }
    return name;
  }
}
