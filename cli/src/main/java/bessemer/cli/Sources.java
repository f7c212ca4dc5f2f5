package bessemer.cli;

import bessemer.foundry.convert.Origin;
import bessemer.foundry.hub.HubClient;
import bessemer.foundry.hub.HubException;
import bessemer.foundry.hub.HubSettings;
import bessemer.foundry.hub.HubSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A source as users name it: a directory, or `hf:org/name[@revision]`.
///
/// @param directory with the files
record Sources(Path directory, Origin origin) {
  private static final String HUB = "hf:";

  static Sources resolve(String source, Home home, ProgressLine progress)
      throws IOException, InterruptedException {
    if (source.startsWith(HUB)) {
      return fetch(source, home, progress);
    }
    Path directory = Path.of(source);
    if (!Files.isDirectory(directory)) {
      throw new CommandException(
          Exit.NOT_FOUND,
          source + " is no directory; sources are directories and hf:org/name[@revision]");
    }
    Path name = directory.toRealPath().getFileName();
    return new Sources(directory, Origin.directory(String.valueOf(name)));
  }

  private static Sources fetch(String source, Home home, ProgressLine progress)
      throws IOException, InterruptedException {
    HubSource repository = parse(source);
    Path user = Home.ofUser(System.getenv());
    var client = new HubClient(HubSettings.from(System.getenv(), user), home.cache());
    try {
      Path directory = client.fetch(repository, progress);
      String commit = String.valueOf(directory.getFileName());
      return new Sources(directory, new Origin(source, commit, java.util.Map.of()));
    } catch (HubException e) {
      Exit exit = e.kind() == HubException.Kind.NOT_FOUND ? Exit.NOT_FOUND : Exit.FAILED;
      throw new CommandException(exit, String.valueOf(e.getMessage()));
    }
  }

  private static HubSource parse(String source) {
    try {
      return HubSource.parse(source);
    } catch (IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
