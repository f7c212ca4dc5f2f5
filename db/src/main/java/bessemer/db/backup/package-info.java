/// All rows of this project's tables, out of a database and into another.
@org.jspecify.annotations.NullMarked
package bessemer.db.backup;
