/// Directories that names from outside lead into, and nowhere else.
@org.jspecify.annotations.NullMarked
package bessemer.conversion.files;
