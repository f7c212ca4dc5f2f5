/// The gateway: the one door.
@org.jspecify.annotations.NullMarked
package bessemer.gateway;
