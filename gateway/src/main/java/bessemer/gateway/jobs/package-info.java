/// Jobs over HTTP: submit, list, cancel and retry them, follow their events, logs and metrics.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.jobs;
