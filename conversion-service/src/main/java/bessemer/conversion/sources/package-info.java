/// Sources and reference packs: declared first, then uploaded file by file.
///
/// A file arrives under a hidden name, is checked against its SHA-256, synced and renamed, and then
/// its row says that it is there. A crash at any point leaves either the hidden part, which the
/// next upload continues, or the whole file, whose row is corrected when the source is looked at.
@org.jspecify.annotations.NullMarked
package bessemer.conversion.sources;
