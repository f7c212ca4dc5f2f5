package bessemer.db.access;

import bessemer.contracts.ConflictException;

/// Without this key nobody could manage keys any more.
public final class LastAdminKeyException extends ConflictException {
  private static final long serialVersionUID = 1L;

  LastAdminKeyException(String id) {
    super(
        "'%s' is the last usable key with the scope admin; create another one before you revoke it"
            .formatted(id));
  }
}
