package bessemer.db.catalogue;

import bessemer.contracts.Artifact;
import bessemer.contracts.ConflictException;
import bessemer.contracts.SourceRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The tables of sources and reference packs: what was declared, and which files have come.
public final class Sources {
  private static final String SELECT =
      """
      select id, kind, name, complete, created_at,
             (select coalesce(jsonb_agg(to_jsonb(f) order by f.file collate "C"), '[]')
              from source_file f where f.source_id = s.id) as files
      from source s
      """;

  private final JdbcClient sql;
  private final TransactionTemplate transaction;
  private final LiveJobs jobs;
  private final JsonMapper json = new JsonMapper();

  public Sources(DataSource database) {
    sql = JdbcClient.create(database);
    transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    jobs = new LiveJobs(sql);
  }

  /// @param created false when the same files were registered already
  public record Registered(Source source, boolean created) {}

  /// The same set of files is the same source, whatever it is called.
  public Registered register(SourceKind kind, SourceRequest request) {
    return transaction.execute(_ -> {
      String sha256 = sha256(request.files());
      Optional<UUID> made = insert(kind, request.name(), sha256);
      made.ifPresent(id -> request.files().forEach(file -> insert(id, file)));
      return new Registered(found(kind, sha256), made.isPresent());
    });
  }

  /// Waits for another registration of the same files, so that one of them is the first.
  private Optional<UUID> insert(SourceKind kind, String name, String sha256) {
    return sql.sql(
            """
            insert into source (kind, name, sha256) values (:kind, :name, :sha256)
            on conflict (tenant, kind, sha256) do nothing
            returning id
            """)
        .param("kind", kind.text())
        .param("name", name)
        .param("sha256", sha256)
        .query(UUID.class)
        .optional();
  }

  private void insert(UUID id, Artifact file) {
    sql.sql(
            """
            insert into source_file (source_id, file, bytes, sha256)
            values (:id, :file, :bytes, :sha256)
            """)
        .param("id", id)
        .param("file", file.file())
        .param("bytes", file.bytes())
        .param("sha256", file.sha256())
        .update();
  }

  private Source found(SourceKind kind, String sha256) {
    return sql.sql(SELECT + " where kind = :kind and sha256 = :sha256")
        .param("kind", kind.text())
        .param("sha256", sha256)
        .query(this::source)
        .single();
  }

  public Optional<Source> find(UUID id) {
    return sql.sql(SELECT + " where id = :id").param("id", id).query(this::source).optional();
  }

  /// Newest first.
  ///
  /// @param before only older ones; null begins
  public List<Source> list(SourceKind kind, int limit, @Nullable UUID before) {
    return sql.sql(
            SELECT
                + """
                 where kind = :kind and (:before::uuid is null or id < :before::uuid)
                 order by id desc limit :limit
                """)
        .param("kind", kind.text())
        .param("before", before)
        .param("limit", limit)
        .query(this::source)
        .list();
  }

  /// Those that lack a file, oldest first.
  public List<Source> incomplete() {
    return sql.sql(SELECT + " where not complete order by id").query(this::source).list();
  }

  /// Those among `ids` that there is a row for.
  public Set<UUID> known(Set<UUID> ids) {
    return ids.isEmpty()
        ? Set.of()
        : new HashSet<>(
            sql.sql("select id from source where id in (:ids)")
                .param("ids", ids)
                .query(UUID.class)
                .list());
  }

  public long count(SourceKind kind) {
    return sql.sql("select count(*) from source where kind = :kind")
        .param("kind", kind.text())
        .query(Long.class)
        .single();
  }

  /// Records that a file is on the disk as it was declared, or that it is not any more.
  ///
  /// @throws NoSuchElementException if there is no such source
  public void mark(UUID id, String file, boolean complete) {
    transaction.executeWithoutResult(_ -> {
      lock(id); // of two last files the second must see the first
      sql.sql("update source_file set complete = :complete where source_id = :id and file = :file")
          .param("complete", complete)
          .param("id", id)
          .param("file", file)
          .update();
      sql.sql(
              """
              update source set complete = not exists
                (select from source_file f where f.source_id = :id and not f.complete)
              where id = :id
              """)
          .param("id", id)
          .update();
    });
  }

  /// Forgets a source; its files are the caller's to remove, afterwards.
  ///
  /// @throws NoSuchElementException if there is no such source
  /// @throws ConflictException if a job that has not ended names it
  public void delete(UUID id) {
    transaction.executeWithoutResult(_ -> {
      lock(id);
      List<UUID> users = jobs.withSource(id);
      if (!users.isEmpty()) {
        throw new ConflictException(
            "%s is needed by the job %s, which has not ended: cancel it or wait"
                .formatted(id, joined(users)));
      }
      sql.sql("delete from source where id = :id").param("id", id).update();
    });
  }

  /// Whether a job that has not ended names it.
  public boolean inUse(UUID id) {
    return !jobs.withSource(id).isEmpty();
  }

  private void lock(UUID id) {
    if (sql.sql("select id from source where id = :id for update")
        .param("id", id)
        .query(UUID.class)
        .optional()
        .isEmpty()) {
      throw new NoSuchElementException("no source " + id);
    }
  }

  private static String joined(List<UUID> ids) {
    return ids.stream().map(UUID::toString).collect(Collectors.joining(", "));
  }

  /// Over the sorted list of names, lengths and digests; a name has no character that could run
  /// into the next field.
  private static String sha256(List<Artifact> files) {
    String text =
        files.stream()
            .sorted(Comparator.comparing(Artifact::file))
            .map(file -> file.file() + " " + file.bytes() + " " + file.sha256() + "\n")
            .collect(Collectors.joining());
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private Source source(ResultSet row, int number) throws SQLException {
    JsonNode files = json.readTree(row.getString("files"));
    return new Source(
        row.getObject("id", UUID.class),
        SourceKind.of(row.getString("kind")),
        row.getString("name"),
        row.getBoolean("complete"),
        row.getTimestamp("created_at").toInstant(),
        StreamSupport.stream(files.spliterator(), false).map(Sources::file).toList());
  }

  private static SourceFile file(JsonNode file) {
    var artifact =
        new Artifact(
            file.path("file").asString(),
            file.path("bytes").asLong(),
            file.path("sha256").asString());
    return new SourceFile(artifact, file.path("complete").asBoolean());
  }
}
