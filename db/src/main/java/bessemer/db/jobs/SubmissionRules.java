package bessemer.db.jobs;

import bessemer.contracts.ConflictException;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What a spec must go together with in the database, so that a job that cannot succeed is refused
/// at once. The attempt checks again: much may change until it begins.
final class SubmissionRules {
  private final JdbcClient jdbc;

  SubmissionRules(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /// @param job that was inserted in this transaction
  /// @throws InvalidFieldException if it names what is not there
  /// @throws ConflictException if it would make what is there
  void check(UUID job, JobSpec spec) {
    switch (spec) {
      case ConvertSpec convert -> {
        requireUpload("spec.source", "source", convert.source());
        requireUpload("spec.reference", "reference", convert.reference());
        if (!convert.replace()) {
          requireFree(job, convert.name());
        }
      }
      case EvalSpec eval -> {
        requireUpload("spec.corpus.id", "source", eval.corpus().id());
        requireFiles(eval.corpus());
        eval.models().forEach(this::requireModel);
      }
    }
  }

  private void requireUpload(String field, String kind, @Nullable String id) {
    if (id == null || id.startsWith("hf:") || id.equals("auto")) {
      return;
    }
    Optional<Boolean> complete =
        jdbc.sql("select complete from source where id = :id and kind = :kind")
            .param("id", UUID.fromString(id))
            .param("kind", kind)
            .query(Boolean.class)
            .optional();
    if (complete.isEmpty()) {
      throw new InvalidFieldException(
          field,
          "there is no %s %s; register it first (POST /api/v1/%ss)".formatted(kind, id, kind));
    }
    if (!complete.get()) {
      throw new InvalidFieldException(
          field, "the upload of %s %s is not complete".formatted(kind, id));
    }
  }

  private void requireFiles(EvalSpec.CorpusFiles corpus) {
    List<String> files = new ArrayList<>(corpus.refs());
    String translated = corpus.src();
    String table = corpus.table();
    if (translated != null) {
      files.add(translated);
    }
    if (table != null) {
      files.add(table);
    }
    for (String file : files) {
      boolean known =
          jdbc.sql("select 1 from source_file where source_id = :id and file = :file")
              .param("id", UUID.fromString(corpus.id()))
              .param("file", file)
              .query(Integer.class)
              .optional()
              .isPresent();
      if (!known) {
        throw new InvalidFieldException(
            "spec.corpus", "source %s has no file '%s'".formatted(corpus.id(), file));
      }
    }
  }

  private void requireModel(String name) {
    if (jdbc.sql("select 1 from model where name = :name")
        .param("name", name)
        .query(Integer.class)
        .optional()
        .isEmpty()) {
      throw new InvalidFieldException(
          "spec.models", "there is no model '%s' in the catalogue".formatted(name));
    }
  }

  /// Two submissions of one name at once are looked at one after the other.
  private void requireFree(UUID job, String name) {
    jdbc.sql("select pg_advisory_xact_lock(hashtext('model ' || :name))")
        .param("name", name)
        .query()
        .listOfRows();
    if (jdbc.sql("select 1 from model where name = :name")
            .param("name", name)
            .query()
            .listOfRows()
            .size()
        > 0) {
      throw new ConflictException(
          "the model '%s' exists; choose another name or ask to replace it (replace, --replace)"
              .formatted(name));
    }
    Optional<UUID> other =
        jdbc.sql(
                """
                select id from job where spec ->> 'name' = :name and id <> :job
                  and state in ('QUEUED', 'RUNNING', 'RETRYING', 'CANCELLING') limit 1
                """)
            .param("name", name)
            .param("job", job)
            .query(UUID.class)
            .optional();
    if (other.isPresent()) {
      throw new ConflictException(
          "job %s is making the model '%s'; wait for it or choose another name"
              .formatted(other.get(), name));
    }
  }
}
