package bessemer.contracts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some of many.
///
/// @param cursor for the next page; null at the end
public record Page<T>(List<T> items, @Nullable String cursor) {
  public Page {
    items = List.copyOf(items);
  }
}
