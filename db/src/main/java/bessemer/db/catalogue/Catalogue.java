package bessemer.db.catalogue;

import bessemer.contracts.Artifact;
import bessemer.contracts.ConflictException;
import bessemer.contracts.ModelView;
import bessemer.db.catalogue.LiveJobs.LiveJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The table of models, and who uses them.
///
/// A change joins the caller's transaction where there is one on the same data source.
public final class Catalogue {
  /// The workers that have `m` loaded, as they said within the time after which a worker is lost.
  private static final String SERVED_BY =
      """
      coalesce((select array_agg(w.id order by w.id) from worker w
                where w.last_seen > now() - interval '30 seconds'
                  and w.beat->'models' @> jsonb_build_array(jsonb_build_object('name', m.name))),
               '{}'::text[]) as served_by
      """;

  private static final String SELECT =
      """
      select m.*,
             (select coalesce(jsonb_agg(
                jsonb_build_object('file', f.file, 'bytes', f.bytes, 'sha256', f.sha256)
                order by f.file collate "C"), '[]')
              from model_file f where f.model_name = m.name) as files,
      """
          + SERVED_BY
          + " from model m ";

  private static final TypeReference<Map<String, Object>> LINEAGE = new TypeReference<>() {};
  private static final TypeReference<List<Artifact>> FILES = new TypeReference<>() {};

  private final JdbcClient sql;
  private final TransactionTemplate transaction;
  private final LiveJobs jobs;
  private final JsonMapper json = new JsonMapper();

  public Catalogue(DataSource database) {
    sql = JdbcClient.create(database);
    transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    jobs = new LiveJobs(sql);
  }

  /// All, by name.
  public List<ModelView> list() {
    return list(Integer.MAX_VALUE, null);
  }

  /// By name.
  ///
  /// @param after only those that follow this name; null begins
  public List<ModelView> list(int limit, @Nullable String after) {
    return sql.sql(
            SELECT
                + """
                where (:after::text is null or m.name collate "C" > :after)
                order by m.name collate "C" limit :limit
                """)
        .param("after", after)
        .param("limit", limit)
        .query(this::view)
        .list();
  }

  public Optional<ModelView> find(String name) {
    return sql.sql(SELECT + "where m.name = :name")
        .param("name", name)
        .query(this::view)
        .optional();
  }

  /// A model and where it lies, one name below the catalogue's root.
  public record Placed(ModelView view, String directory) {}

  /// Both as they are at one moment: another model may take the name, and lies elsewhere.
  public Optional<Placed> placed(String name) {
    return sql.sql(SELECT + "where m.name = :name")
        .param("name", name)
        .query((row, number) -> new Placed(view(row, number), row.getString("directory")))
        .optional();
  }

  /// Where the model lies, below the catalogue's root.
  public Optional<String> directory(String name) {
    return sql.sql("select directory from model where name = :name")
        .param("name", name)
        .query(String.class)
        .optional();
  }

  public long count(String state) {
    return sql.sql("select count(*) from model where state = :state")
        .param("state", state)
        .query(Long.class)
        .single();
  }

  /// Keeps others from publishing under this name until the caller's transaction ends, so that what
  /// it finds out about the name stays true.
  public void reserve(String name) {
    sql.sql("select pg_advisory_xact_lock(hashtext('model ' || :name))")
        .param("name", name)
        .query()
        .listOfRows();
  }

  /// Makes a model known under its name, in the place of the one that had it. Its version is new.
  ///
  /// @return the directory that gave way, to be removed once this is committed
  public Optional<String> publish(Published model) {
    return transaction.execute(_ -> {
      Optional<String> former = locked(model.name()).filter(old -> !old.equals(model.directory()));
      sql.sql("delete from model_file where model_name = :name")
          .param("name", model.name())
          .update();
      upsert(model);
      for (Artifact file : model.files()) {
        insert(model.name(), file);
      }
      return former;
    });
  }

  private void upsert(Published model) {
    sql.sql(
            """
            insert into model (name, version, directory, format, architecture, precision, state,
                               bytes, lineage, job_id)
            values (:name, uuidv7(), :directory, :format, :architecture, :precision, :state,
                    :bytes, :lineage::jsonb, :job)
            on conflict (name) do update set
              version = excluded.version, directory = excluded.directory,
              format = excluded.format, architecture = excluded.architecture,
              precision = excluded.precision, state = excluded.state, bytes = excluded.bytes,
              lineage = excluded.lineage, job_id = excluded.job_id, created_at = now()
            """)
        .param("name", model.name())
        .param("directory", model.directory())
        .param("format", model.format())
        .param("architecture", model.architecture())
        .param("precision", model.precision())
        .param("state", model.state())
        .param("bytes", model.bytes())
        .param("lineage", json.writeValueAsString(model.lineage()))
        .param("job", model.jobId())
        .update();
  }

  private void insert(String model, Artifact file) {
    sql.sql(
            """
            insert into model_file (model_name, file, bytes, sha256)
            values (:model, :file, :bytes, :sha256)
            """)
        .param("model", model)
        .param("file", file.file())
        .param("bytes", file.bytes())
        .param("sha256", file.sha256())
        .update();
  }

  /// Forgets a model; its directory is the caller's to remove, afterwards.
  ///
  /// @return the directory
  /// @throws NoSuchElementException if there is no such model
  /// @throws ConflictException if it is in use
  public String delete(String name) {
    return transaction.execute(_ -> {
      String directory =
          locked(name).orElseThrow(() -> new NoSuchElementException("no model '" + name + "'"));
      List<String> users = users(name);
      if (!users.isEmpty()) {
        throw new ConflictException(
            "'%s' is in use by %s: unload it or wait until they have ended"
                .formatted(name, String.join(", ", users)));
      }
      sql.sql("delete from model where name = :name").param("name", name).update();
      return directory;
    });
  }

  /// Whether a live worker has it loaded or a job that has not ended names it.
  public boolean inUse(String name) {
    return !users(name).isEmpty();
  }

  private List<String> users(String name) {
    Stream<String> workers =
        sql
            .sql("select " + SERVED_BY + " from (select :name::text as name) m")
            .param("name", name)
            .query(Catalogue::servedBy)
            .single()
            .stream()
            .map(id -> "the worker " + id);
    return Stream.concat(workers, jobs.withModel(name).stream().map(id -> "the job " + id))
        .toList();
  }

  private Optional<String> locked(String name) {
    return sql.sql("select directory from model where name = :name for update")
        .param("name", name)
        .query(String.class)
        .optional();
  }

  /// Those among the directories found below the catalogue's root that belong to nobody: no row
  /// names them, and neither the id nor the model of a job that has not ended is part of their
  /// name. Find them before asking, so that a model that is published in between is seen.
  public Set<String> orphans(Collection<String> found) {
    Set<String> left = new HashSet<>(found);
    List<LiveJob> live = jobs.all();
    left.removeIf(directory -> live.stream().anyMatch(job -> belongs(directory, job)));
    sql.sql("select directory from model").query(String.class).list().forEach(left::remove);
    return left;
  }

  private static boolean belongs(String directory, LiveJob job) {
    boolean model = !job.model().isEmpty() && directory.contains(job.model());
    return model || directory.contains(job.id().toString());
  }

  private static List<String> servedBy(ResultSet row, int number) throws SQLException {
    return Arrays.asList((String[]) row.getArray("served_by").getArray());
  }

  private ModelView view(ResultSet row, int number) throws SQLException {
    return new ModelView(
        row.getString("name"),
        row.getObject("version", UUID.class),
        row.getString("format"),
        row.getString("architecture"),
        row.getString("precision"),
        row.getString("state"),
        row.getLong("bytes"),
        row.getTimestamp("created_at").toInstant(),
        row.getObject("job_id", UUID.class),
        json.readValue(row.getString("lineage"), LINEAGE),
        json.readValue(row.getString("files"), FILES),
        servedBy(row, number));
  }
}
