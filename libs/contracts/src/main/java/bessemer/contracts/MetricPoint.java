package bessemer.contracts;

import java.time.Instant;

/// A point of one of a job's series.
///
/// @param name such as `bytes_per_second` or `loss`
/// @param step the abscissa, in the series' own unit
public record MetricPoint(String name, long step, double value, Instant at) {}
