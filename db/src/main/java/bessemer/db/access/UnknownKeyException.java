package bessemer.db.access;

import java.util.NoSuchElementException;

/// There is no key with this id.
public final class UnknownKeyException extends NoSuchElementException {
  private static final long serialVersionUID = 1L;

  UnknownKeyException(String id) {
    super("there is no key with the id '" + id + "'");
  }
}
