/// The database: schema, and what every service shares of it.
@org.jspecify.annotations.NullMarked
package bessemer.db;
