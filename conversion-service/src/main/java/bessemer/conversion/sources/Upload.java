package bessemer.conversion.sources;

/// How far a file has come.
///
/// @param bytes that were declared
/// @param received the next upload goes on here
/// @param complete whether all of it is here, with the declared SHA-256
record Upload(String file, long bytes, long received, boolean complete) {}
