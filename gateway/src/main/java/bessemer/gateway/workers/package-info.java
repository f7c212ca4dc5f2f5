/// Which workers there are, what they may take, and where Prometheus finds them.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.workers;
