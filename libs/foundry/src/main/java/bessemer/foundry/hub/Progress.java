package bessemer.foundry.hub;

/// Told how far a download is, in bytes of the whole file.
@FunctionalInterface
public interface Progress {
  /// Tells nobody.
  Progress NONE = (_, _) -> {};

  /// `done` of `file.size()` bytes are on disk; called on the downloading thread.
  void at(HubFile file, long done);
}
