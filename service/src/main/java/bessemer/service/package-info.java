/// What every service process shares: calls signed by the gateway, problem details, request ids.
@org.jspecify.annotations.NullMarked
package bessemer.service;
