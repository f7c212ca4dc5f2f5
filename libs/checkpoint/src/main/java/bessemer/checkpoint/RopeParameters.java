package bessemer.checkpoint;

/// Rotary position embedding, the same for configurations of transformers 4 and 5.
///
/// @param type `default`, `linear`, `llama3`, `yarn` and so on
/// @param theta the base of the frequencies
/// @param fields the object that holds the parameters of the type, such as `factor`; has no fields
///   if the configuration has no such object
public record RopeParameters(String type, double theta, ConfigJson fields) {}
