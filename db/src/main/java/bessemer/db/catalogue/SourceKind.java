package bessemer.db.catalogue;

import java.util.Locale;

/// What is uploaded: the checkpoint of a model, or what PyTorch made of one.
public enum SourceKind {
  SOURCE,
  REFERENCE;

  /// In the table, in metrics and, with an `s`, in addresses.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static SourceKind of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
