package bessemer.db;

import java.sql.Statement;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ScriptUtils;

/// Spring Batch's own tables in a schema of their own, from the script in its jar.
final class BatchSchema implements JavaMigration {
  @Override
  public MigrationVersion getVersion() {
    return MigrationVersion.fromVersion("1");
  }

  @Override
  public String getDescription() {
    return "batch schema";
  }

  @Override
  public Integer getChecksum() {
    return 604; // of the script of Batch 6.0.4; a later version brings a migration of its own
  }

  @Override
  public boolean canExecuteInTransaction() {
    return true;
  }

  @Override
  public void migrate(Context context) throws Exception {
    try (Statement statement = context.getConnection().createStatement()) {
      statement.execute("create schema batch");
      statement.execute("set local search_path to batch");
      ScriptUtils.executeSqlScript(
          context.getConnection(),
          new ClassPathResource("org/springframework/batch/core/schema-postgresql.sql"));
      statement.execute("set local search_path to public");
    }
  }
}
