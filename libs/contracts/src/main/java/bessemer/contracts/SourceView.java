package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// A registered source or reference pack.
///
/// @param name what it was called by who registered it
/// @param complete whether all declared files are here
/// @param received bytes that are here of each declared file, in the order of `files`
public record SourceView(
    UUID id,
    String name,
    boolean complete,
    @JsonProperty("created_at") Instant createdAt,
    List<Artifact> files,
    List<Long> received) {}
