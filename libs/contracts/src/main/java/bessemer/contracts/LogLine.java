package bessemer.contracts;

import java.time.Instant;

/// A line of a job's log.
///
/// @param line counts from 1 within the job
/// @param level `INFO`, `WARN` or `ERROR`
public record LogLine(long line, int epoch, Instant at, String level, String text) {}
