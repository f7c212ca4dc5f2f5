package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.RemoteJobs;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.cli.remote.Translations;
import bessemer.contracts.LanguageView;
import bessemer.contracts.ModelView;
import bessemer.contracts.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.type.TypeReference;

@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the models of the catalogue, newest jobs, or a translator's languages.")
final class ListCommand implements Callable<Integer> {
  private static final int JOBS = 20;

  private enum What {
    MODELS,
    JOBS,
    LANGUAGES
  }

  private final Console console;
  private final Connection connection;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "models|jobs|languages",
      description = "Default models.")
  private What what = What.MODELS;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "MODEL",
      description = "Whose languages: a directory or a name.")
  private String model = "";

  @Option(names = "--local", description = "Of the models that were converted with --local.")
  private boolean local;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ListCommand(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if ((what == What.LANGUAGES) == model.isEmpty()) {
      throw new CommandException(Exit.USAGE, "languages are those of one model: list languages M");
    }
    if (what == What.LANGUAGES) {
      languages(languages());
      return Exit.OK.code();
    }
    if (local) {
      return here();
    }
    try (Gateway gateway = connection.open()) {
      switch (what) {
        case MODELS -> models(all(gateway));
        case JOBS ->
            JobTables.print(console, new RemoteJobs(gateway, Patience.real()).list("", JOBS), json);
        case LANGUAGES -> throw new IllegalStateException("languages are those of one model");
      }
    }
    return Exit.OK.code();
  }

  private List<LanguageView> languages() throws IOException, InterruptedException {
    if (local || Files.isDirectory(Path.of(model))) {
      return new LocalLanguages(connection.home()).of(model);
    }
    try (Gateway gateway = connection.open()) {
      return new Translations(gateway).languages(model);
    }
  }

  private void languages(List<LanguageView> languages) {
    if (json) {
      console.out().println(Json.of(languages));
    } else {
      var table = new Table().row("CODE", "LANGUAGE");
      languages.forEach(language -> table.row(language.code(), language.name()));
      console.out().print(table);
    }
  }

  private static List<ModelView> all(Gateway gateway) throws IOException, InterruptedException {
    List<ModelView> models = new ArrayList<>();
    String cursor = "";
    do {
      Page<ModelView> page =
          gateway.get("/api/v1/models?limit=100" + cursor, new TypeReference<Page<ModelView>>() {});
      models.addAll(page.items());
      cursor = page.cursor() == null ? "" : "&cursor=" + Gateway.segment(page.cursor());
    } while (!cursor.isEmpty());
    return models;
  }

  private int here() throws IOException {
    if (what == What.JOBS) {
      throw new CommandException(Exit.USAGE, "there are no jobs without services");
    }
    new LocalModels(console, connection.home()).print(json);
    return Exit.OK.code();
  }

  private void models(List<ModelView> models) {
    if (json) {
      console.out().println(Json.of(new Page<>(models, null)));
    } else if (models.isEmpty()) {
      console.note("no models: ./bessemer convert SOURCE --name NAME");
    } else {
      var table =
          new Table().row("NAME", "STATE", "SIZE", "PRECISION", "ARCHITECTURE", "LOADED BY");
      models.forEach(m ->
          table.row(
              m.name(),
              m.state(),
              Sizes.bytes(m.bytes()),
              m.precision(),
              m.architecture(),
              String.join(",", m.servedBy())));
      console.out().print(table);
    }
  }
}
