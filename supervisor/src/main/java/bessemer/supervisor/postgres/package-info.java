/// A real PostgreSQL server from an archive on the class path, its data under the home directory.
@org.jspecify.annotations.NullMarked
package bessemer.supervisor.postgres;
