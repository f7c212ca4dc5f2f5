package bessemer.db.backup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The tables of this project, those that are referred to first. Flyway's own history stays out: it
/// says what the database is, not what is in it.
final class TableOrder {
  private static final String TABLES =
      """
      select n.nspname || '.' || c.relname
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'batch') and c.relkind = 'r'
        and c.relname <> 'flyway_schema_history'
      order by 1
      """;

  private static final String REFERENCES =
      """
      select n.nspname || '.' || c.relname as referring, m.nspname || '.' || f.relname as referred
      from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_class f on f.oid = k.confrelid join pg_namespace m on m.oid = f.relnamespace
      where k.contype = 'f' and c.oid <> f.oid
      """;

  private TableOrder() {}

  static List<String> read(JdbcClient sql) {
    Map<String, Set<String>> referred = new LinkedHashMap<>();
    sql.sql(TABLES).query(String.class).list().forEach(t -> referred.put(t, new LinkedHashSet<>()));
    sql.sql(REFERENCES)
        .query((row, _) ->
            referred
                .getOrDefault(row.getString("referring"), new LinkedHashSet<>())
                .add(row.getString("referred")))
        .list();
    return sorted(referred);
  }

  static List<String> sorted(Map<String, Set<String>> referred) {
    List<String> order = new ArrayList<>();
    while (order.size() < referred.size()) {
      List<String> next =
          referred.keySet().stream()
              .filter(table -> !order.contains(table))
              .filter(table -> order.containsAll(referred.getOrDefault(table, Set.of())))
              .toList();
      if (next.isEmpty()) {
        throw new IllegalStateException("tables refer to each other in a circle: " + referred);
      }
      order.addAll(next);
    }
    return order;
  }
}
