package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/// A worker as users see it.
///
/// @param state `ready`, `draining` or `lost` when it was not heard of for a while
public record WorkerView(
    String id, String state, @JsonProperty("last_seen") Instant lastSeen, WorkerBeat last) {}
