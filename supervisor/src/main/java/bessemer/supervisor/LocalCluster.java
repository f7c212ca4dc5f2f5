package bessemer.supervisor;

import bessemer.supervisor.postgres.Database;
import bessemer.supervisor.postgres.EmbeddedPostgres;
import bessemer.supervisor.process.Leftovers;
import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.PartState;
import bessemer.supervisor.process.ProcessMark;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The default: PostgreSQL, unless another server is named, then the services side by side.
final class LocalCluster implements Plan.Maker {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Installation installation;
  private final Settings settings;
  private final Listen listen;
  private final boolean training;

  /// @param training whether this run is for the caches alone
  LocalCluster(Installation installation, Settings settings, Listen listen, boolean training) {
    this.training = training;
    this.installation = installation;
    this.settings = settings;
    this.listen = listen;
  }

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    if (settings.externalDatabase().isEmpty()) {
      names.add(EmbeddedPostgres.NAME);
    }
    names.addAll(Services.NAMES);
    return names;
  }

  @Override
  public Plan make(Ports ports, Consumer<PartState> preparing)
      throws IOException, InterruptedException {
    int port = Services.gatewayPort(ports, listen);
    Optional<Certificate> tls = Optional.empty();
    if (listen.needsTls()) {
      tls = Optional.of(Certificate.loadOrCreate(installation.keys(), listen.address()));
    }
    List<List<Part>> stages = new ArrayList<>();
    Optional<Database> external = settings.externalDatabase();
    int postgresPort = external.isPresent() ? 0 : ports.internal(EmbeddedPostgres.NAME);
    Database database;
    if (external.isPresent()) {
      database = external.get();
    } else {
      EmbeddedPostgres postgres = prepare(preparing);
      database = postgres.database(postgresPort);
      stages.add(List.of(postgres.part(postgresPort)));
    }
    List<Part> services =
        new Services(installation, settings, training).parts(database, ports, listen, port, tls);
    stages.add(services);
    return new Plan(listen.url(port), tls.map(Certificate::fingerprint).orElse(null), stages);
  }

  private EmbeddedPostgres prepare(Consumer<PartState> preparing)
      throws IOException, InterruptedException {
    PartState state = PartState.pending(EmbeddedPostgres.NAME);
    Installation.ownDirectory(installation.postgres());
    if (!EmbeddedPostgres.isUnpacked(installation.cache())) {
      preparing.accept(state.preparing("unpacking the server"));
    }
    EmbeddedPostgres postgres = EmbeddedPostgres.in(installation.postgres(), installation.cache());
    Optional<ProcessHandle> leftover = postgres.leftover();
    if (leftover.isPresent()) {
      preparing.accept(state.preparing("ending a server that was left running"));
      Leftovers.end(ProcessMark.of(leftover.get()), Part.Signal.INT, PATIENCE);
    }
    if (!postgres.isInitialized()) {
      preparing.accept(state.preparing("making an empty database"));
    }
    postgres.initialize();
    return postgres;
  }
}
