package bessemer.contracts;

import java.util.regex.Pattern;

/// Which names models and uploaded files may have.
public final class Names {
  private static final Pattern MODEL = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  private Names() {}

  /// @throws InvalidFieldException if this cannot be the name of a model
  public static String model(String field, String name) {
    if (!MODEL.matcher(name).matches()) {
      throw new InvalidFieldException(
          field,
          "'%s' must be 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit"
              .formatted(name));
    }
    return name;
  }

  /// @throws InvalidFieldException if this cannot be the name of an uploaded file
  public static String file(String field, String name) {
    if (!FILE.matcher(name).matches()) {
      throw new InvalidFieldException(
          field,
          "'%s' must be 1 to 128 letters, digits, '.', '_' and '-', without any folder"
              .formatted(name));
    }
    return name;
  }
}
