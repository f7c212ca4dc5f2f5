/// What crosses HTTP: records that the gateway, the services and the command line share. JSON names
/// are in snake case.
@org.jspecify.annotations.NullMarked
package bessemer.contracts;
