package bessemer.db;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// Brings a database to the schema of this version.
public final class Schema {
  private Schema() {}

  /// Safe to call from several processes at once: one migrates, the others wait.
  ///
  /// @return how many migrations ran
  public static int migrate(DataSource database) {
    return Flyway.configure()
        .dataSource(database)
        .locations("classpath:db/migration")
        .javaMigrations(new BatchSchema())
        .load()
        .migrate()
        .migrationsExecuted;
  }
}
