package bessemer.checkpoint.text;

/// A language that a translator knows.
///
/// @param code as its model writes it: `eng_Latn`, `en`
/// @param name in English, the code itself where none is known
/// @param token the id that stands for it
public record Language(String code, String name, int token) {
  /// The name without what tells it apart from others: `Chinese` of `Chinese (Simplified)`.
  String plainName() {
    int bracket = name.indexOf(" (");
    return bracket < 0 ? name : name.substring(0, bracket);
  }
}
