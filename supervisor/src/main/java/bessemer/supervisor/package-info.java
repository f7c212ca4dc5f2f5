/// The processes of one machine: PostgreSQL and the services, kept running by a process of their
/// own. The command line starts, asks and stops it; it shares files with it, never memory.
@org.jspecify.annotations.NullMarked
package bessemer.supervisor;
