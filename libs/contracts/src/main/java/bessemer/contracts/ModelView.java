package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A model of the catalogue.
///
/// @param version changes when the model is replaced
/// @param state `unproven`, `proved`, `measured` or `rejected`
/// @param bytes of all its files
/// @param lineage what it was made from and how: the contents of its `bessemer.json`
/// @param job that made it
/// @param servedBy the workers that have it loaded
public record ModelView(
    String name,
    UUID version,
    String format,
    String architecture,
    String precision,
    String state,
    long bytes,
    @JsonProperty("created_at") Instant createdAt,
    @Nullable UUID job,
    Map<String, Object> lineage,
    List<Artifact> files,
    @JsonProperty("served_by") List<String> servedBy) {
  private static final Set<String> TRANSLATORS = Set.of("m2m_100", "lingolite");

  /// Whether it translates; other models continue texts.
  public boolean translates() {
    return translates(architecture);
  }

  /// Whether models of an architecture translate.
  public static boolean translates(String architecture) {
    return TRANSLATORS.contains(architecture);
  }
}
