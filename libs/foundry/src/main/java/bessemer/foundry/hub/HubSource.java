package bessemer.foundry.hub;

import java.util.regex.Pattern;

/// A model repository at a revision (branch, tag or commit): `hf:org/name[@revision]`.
public record HubSource(String repository, String revision) {
  private static final String PREFIX = "hf:";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,96}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9._/+-]{1,255}");

  public HubSource {
    String[] parts = repository.split("/", -1);
    if (parts.length != 2 || !isName(parts[0]) || !isName(parts[1])) {
      throw new IllegalArgumentException(
          "\"%s\" is not a model repository: expected org/name with letters, digits, '.', '_', '-'"
              .formatted(repository));
    }
    if (!REVISION.matcher(revision).matches()
        || revision.contains("..")
        || revision.startsWith("/")
        || revision.endsWith("/")) {
      throw new IllegalArgumentException(
          "\"%s\" is not a revision: expected a branch, tag or commit".formatted(revision));
    }
  }

  /// Reads `hf:org/name` (revision `main`) or `hf:org/name@revision`.
  public static HubSource parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException(
          "\"%s\" is not a hub source: expected hf:org/name[@revision]".formatted(text));
    }
    String rest = text.substring(PREFIX.length());
    int at = rest.indexOf('@');
    return at < 0
        ? new HubSource(rest, "main")
        : new HubSource(rest.substring(0, at), rest.substring(at + 1));
  }

  /// The repository as one directory name: `org--name`.
  String directoryName() {
    return repository.replace("/", "--");
  }

  private static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.contains("..") && !name.equals(".");
  }

  @Override
  public String toString() {
    return PREFIX + repository + "@" + revision;
  }
}
