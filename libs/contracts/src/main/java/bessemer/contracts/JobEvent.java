package bessemer.contracts;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/// A fact about a job; never changed afterwards.
///
/// | type | data |
/// |---|---|
/// | `submitted` | `kind`, `priority` |
/// | `claimed` | `owner` |
/// | `waiting` | `reason` |
/// | `step` | `name` |
/// | `progress` | the fields of [JobView.Progress] |
/// | `shard` | `file`, `bytes`, `sha256` |
/// | `note` | `text` |
/// | `retrying` | `reason` |
/// | `cancelling`, `cancelled` | `by` |
/// | `succeeded` | the job's result |
/// | `failed` | `error` |
///
/// @param seq counts from 1 within the job, without gaps
/// @param epoch of the attempt; 0 before the first
public record JobEvent(
    UUID job, long seq, int epoch, String type, Instant at, Map<String, Object> data) {}
