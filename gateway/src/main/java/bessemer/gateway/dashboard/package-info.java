/// The dashboard: pages made on the server, which keep themselves up to date.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.dashboard;
