package bessemer.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every PromQL expression of the folder `ops`.
///
/// @param all with the place where each stands
/// @param recorded what recording rules define
record Expressions(List<Expression> all, List<String> recorded) {
  /// @param where file and panel or rule
  /// @param promql Grafana's variables in it stand for something real
  record Expression(String where, String promql) {}

  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), *(\\w+)\\)");

  Expressions {
    all = List.copyOf(all);
    recorded = List.copyOf(recorded);
  }

  static Expressions in(Path ops) throws IOException {
    List<Expression> all = new ArrayList<>();
    List<String> recorded = new ArrayList<>();
    for (Path file : files(ops.resolve("prometheus"), "alerts.yml", "rules.yml")) {
      rules(file, all, recorded);
    }
    for (Path file : dashboards(ops)) {
      JsonNode board = JsonMapper.shared().readTree(Files.readString(file));
      dashboard(file.getFileName().toString(), board, all);
    }
    return new Expressions(all, recorded);
  }

  static List<Path> dashboards(Path ops) throws IOException {
    try (Stream<Path> files = Files.list(ops.resolve("grafana/dashboards"))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  static Object yaml(Path file) throws IOException {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(options)).load(Files.readString(file));
  }

  private static List<Path> files(Path folder, String... names) {
    return Stream.of(names).map(folder::resolve).filter(Files::exists).toList();
  }

  private static void rules(Path file, List<Expression> all, List<String> recorded)
      throws IOException {
    var groups = (List<?>) ((Map<?, ?>) yaml(file)).get("groups");
    for (Object group : groups) {
      for (Object each : (List<?>) ((Map<?, ?>) group).get("rules")) {
        var rule = (Map<?, ?>) each;
        Object name = rule.containsKey("record") ? rule.get("record") : rule.get("alert");
        if (rule.containsKey("record")) {
          recorded.add(String.valueOf(name));
        }
        all.add(new Expression(file.getFileName() + ": " + name, String.valueOf(rule.get("expr"))));
      }
    }
  }

  private static void dashboard(String file, JsonNode board, List<Expression> all) {
    for (JsonNode panel : board.path("panels")) {
      String where = file + ": " + panel.path("title").asString();
      for (JsonNode target : panel.path("targets")) {
        all.add(new Expression(where, withoutVariables(target.path("expr").asString())));
      }
    }
    for (JsonNode variable : board.path("templating").path("list")) {
      Matcher values = LABEL_VALUES.matcher(variable.path("definition").asString());
      if (values.matches()) {
        all.add(
            new Expression(
                file + ": $" + variable.path("name").asString(),
                "group by (%s) (%s)".formatted(values.group(2), values.group(1))));
      }
    }
  }

  private static String withoutVariables(String promql) {
    return promql.replaceAll("\\$(__rate_interval|__interval|__range)\\b", "5m");
  }
}
