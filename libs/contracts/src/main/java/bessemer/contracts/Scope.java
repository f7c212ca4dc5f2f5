package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What a key allows.
public enum Scope {
  /// See jobs, models and workers.
  @JsonProperty("read")
  READ,
  /// Submit and cancel jobs, upload sources, delete models; includes `read`.
  @JsonProperty("write")
  WRITE,
  /// Use models.
  @JsonProperty("infer")
  INFER,
  /// Register as a worker and pull models.
  @JsonProperty("worker")
  WORKER,
  /// Everything, keys included.
  @JsonProperty("admin")
  ADMIN;

  /// Whether a key with this scope may do what needs `needed`.
  public boolean allows(Scope needed) {
    return this == needed || this == ADMIN || (this == WRITE && needed == READ);
  }
}
