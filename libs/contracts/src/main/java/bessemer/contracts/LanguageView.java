package bessemer.contracts;

/// A language that a model translates from and to.
///
/// @param code as the model writes it: `eng_Latn`, `en`
/// @param name in English
public record LanguageView(String code, String name) {}
