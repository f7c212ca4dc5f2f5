package bessemer.inference.store;

/// The catalogue cannot be asked now; asking again may help.
public final class CatalogueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CatalogueException(String message, Throwable cause) {
    super(message, cause);
  }
}
