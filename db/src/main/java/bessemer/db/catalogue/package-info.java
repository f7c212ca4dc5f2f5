/// What is stored: sources and reference packs that were uploaded, and models that were made.
///
/// Rows only: the files lie on the disk of the conversion service. A file is there before the row
/// that says so, and a row is gone before its files.
@org.jspecify.annotations.NullMarked
package bessemer.db.catalogue;
