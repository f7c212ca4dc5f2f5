package bessemer.conversion.sources;

import bessemer.contracts.InvalidFieldException;
import bessemer.foundry.Progress;
import bessemer.foundry.hub.HubClient;
import bessemer.foundry.hub.HubException;
import bessemer.foundry.hub.HubSettings;
import bessemer.foundry.hub.HubSource;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/// Pins a branch or tag of a hub's repository to the commit that it names now, as jobs only take
/// commits.
final class HubRevisions {
  private final HubClient hub;
  private final boolean offline;

  /// @param cache where conversions keep what they downloaded
  HubRevisions(HubSettings settings, Path cache) {
    this.hub = new HubClient(settings, cache);
    this.offline = settings.offline();
  }

  /// What a job's spec takes, and the commit alone.
  record Pinned(String source, String revision) {}

  /// @param name `org/name`
  /// @param revision a branch, a tag or a commit
  /// @throws ResponseStatusException saying what to do, if the hub does not tell
  Pinned pin(String name, String revision) throws InterruptedException {
    HubSource source = source(name, revision);
    try {
      String commit = offline ? cached(source) : hub.resolve(source).commit();
      return new Pinned("hf:%s@%s".formatted(source.repository(), commit), commit);
    } catch (HubException e) {
      throw new ResponseStatusException(status(e.kind()), e.getMessage(), e);
    } catch (IOException e) {
      throw new ResponseStatusException(
          HttpStatus.BAD_GATEWAY, "the hub cannot be asked: " + e.getMessage(), e);
    }
  }

  /// A snapshot lies in a directory that its commit names.
  private String cached(HubSource source) throws IOException, InterruptedException {
    return String.valueOf(hub.fetch(source, Progress.silent()).getFileName());
  }

  private static HubSource source(String name, String revision) {
    String field = "name";
    try {
      new HubSource(name, "main");
      field = "revision";
      return new HubSource(name, revision);
    } catch (IllegalArgumentException e) {
      throw new InvalidFieldException(field, String.valueOf(e.getMessage()));
    }
  }

  private static HttpStatus status(HubException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case ACCESS_DENIED, NOT_CACHED -> HttpStatus.UNPROCESSABLE_CONTENT; // no scope of ours helps
      case UNREACHABLE, TOO_MANY_RETRIES, BUSY -> HttpStatus.SERVICE_UNAVAILABLE;
      case HOST_REFUSED, BAD_ANSWER, CORRUPT -> HttpStatus.BAD_GATEWAY;
      case DISK_FULL -> HttpStatus.INSUFFICIENT_STORAGE;
    };
  }
}
