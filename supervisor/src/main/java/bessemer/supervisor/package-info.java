/// The processes of one machine: PostgreSQL and the services.
@org.jspecify.annotations.NullMarked
package bessemer.supervisor;
