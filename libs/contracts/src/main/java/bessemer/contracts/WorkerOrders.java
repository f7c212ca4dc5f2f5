package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/// The answer to a worker's beat.
///
/// @param draining finish what runs, take nothing new
/// @param tokenKey the public key, PEM, that the gateway's calls are signed with
/// @param nextBeatSeconds when to come again
public record WorkerOrders(
    boolean draining,
    @JsonProperty("token_key") String tokenKey,
    @JsonProperty("next_beat_seconds") int nextBeatSeconds) {}
