package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.GatewayException;
import bessemer.cli.remote.RemoteJobs;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.cli.remote.Uploads;
import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobView;
import bessemer.foundry.hub.HubSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A conversion as a job of the services: what it needs is registered and sent, then it is
/// submitted and followed.
record RemoteConversion(Console console, Connection connection, ConversionOrder order) {
  private static final String HUB = "hf:";
  private static final String AUTO = "auto";
  private static final String SOME_ID = "00000000-0000-0000-0000-000000000000";

  Exit run(boolean detach, boolean json) throws IOException, InterruptedException {
    order.spec(SOME_ID, null); // wrong options are refused before gigabytes are sent
    try (Gateway gateway = connection.open()) {
      requireFree(gateway);
      ConvertSpec spec = order.spec(source(gateway), reference(gateway));
      JobView job = submit(gateway, spec);
      if (detach) {
        console.out().println(json ? Json.of(job) : job.id());
        return Exit.OK;
      }
      console.note("job %1$s (%2$s/jobs/%1$s)".formatted(job.id(), gateway.address()));
      return new JobWatch(console, gateway, json).follow(job.id());
    }
  }

  /// The services refuse it as well; but then all is uploaded.
  private void requireFree(Gateway gateway) throws IOException, InterruptedException {
    if (order.replace()) {
      return;
    }
    try {
      gateway.bytes("/api/v1/models/" + Gateway.segment(order.name()));
    } catch (GatewayException e) {
      if (e.status() == 404) {
        return;
      }
      throw e;
    }
    throw new CommandException(
        Exit.USAGE,
        "there is a model %s already: choose another --name, or add --replace"
            .formatted(order.name()));
  }

  private JobView submit(Gateway gateway, ConvertSpec spec)
      throws IOException, InterruptedException {
    try {
      return new RemoteJobs(gateway, Patience.real()).submit(spec, 0);
    } catch (GatewayException e) {
      String said = String.valueOf(e.getMessage());
      if (e.status() == 409 && !said.contains("--replace")) {
        throw new CommandException(Exit.USAGE, said + "; add --replace to let it give way");
      }
      throw e;
    }
  }

  private String source(Gateway gateway) throws IOException, InterruptedException {
    if (order.source().startsWith(HUB)) {
      return pinned(gateway, parse(order.source()));
    }
    Path directory = Path.of(order.source());
    if (!Files.isDirectory(directory)) {
      throw new CommandException(
          Exit.NOT_FOUND,
          order.source() + " is no directory; sources are directories and hf:org/name[@revision]");
    }
    try (var progress = new ProgressLine(console, System::nanoTime);
        var _ = uploading()) {
      return new Uploads(gateway, Patience.real(), progress).source(directory).toString();
    }
  }

  private @Nullable String reference(Gateway gateway) throws IOException, InterruptedException {
    if (order.reference().isEmpty()) {
      return null;
    }
    if (order.reference().equals(AUTO)) {
      return AUTO;
    }
    try (var progress = new ProgressLine(console, System::nanoTime);
        var _ = uploading()) {
      Path pack = Path.of(order.reference());
      return new Uploads(gateway, Patience.real(), progress).reference(pack).toString();
    }
  }

  private LastWords uploading() {
    return new LastWords(
        console, "stopped; what was uploaded is kept, the same command goes on with it");
  }

  /// A branch or tag may move while a job waits: the job gets the commit that it names now.
  private static String pinned(Gateway gateway, HubSource source)
      throws IOException, InterruptedException {
    String revision = source.revision();
    if (!revision.matches("[0-9a-f]{40}")) {
      revision =
          gateway
              .json(
                  "/api/v1/sources/resolve?name=%s&revision=%s"
                      .formatted(Gateway.segment(source.repository()), Gateway.segment(revision)))
              .path("revision")
              .asString("");
    }
    return HUB + source.repository() + "@" + revision;
  }

  private static HubSource parse(String source) {
    try {
      return HubSource.parse(source);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
