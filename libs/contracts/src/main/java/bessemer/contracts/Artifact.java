package bessemer.contracts;

/// A file of a source, a reference or a model.
///
/// @param sha256 in lower-case hexadecimal digits
public record Artifact(String file, long bytes, String sha256) {}
