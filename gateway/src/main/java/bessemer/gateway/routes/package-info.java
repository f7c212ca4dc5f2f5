/// Calls that other services answer.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.routes;
