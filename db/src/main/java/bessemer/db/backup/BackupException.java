package bessemer.db.backup;

/// A backup does not fit: to this version, to this database, or to its own manifest.
public final class BackupException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BackupException(String message) {
    super(message);
  }
}
