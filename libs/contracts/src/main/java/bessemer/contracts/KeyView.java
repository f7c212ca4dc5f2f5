package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An API key without its secret.
///
/// @param id the part of the key that may be shown
/// @param key the whole key, in the answer to its creation and never again
public record KeyView(
    String id,
    String name,
    Set<Scope> scopes,
    @JsonProperty("created_at") Instant createdAt,
    @JsonProperty("expires_at") @Nullable Instant expiresAt,
    @JsonProperty("last_used_at") @Nullable Instant lastUsedAt,
    @JsonProperty("revoked_at") @Nullable Instant revokedAt,
    @Nullable String key) {}
