package bessemer.cli;

import bessemer.contracts.ConvertSpec;
import org.jspecify.annotations.Nullable;

/// What `convert` was asked for.
///
/// @param source a directory, or `hf:org/name[@revision]`
/// @param reference a pack's directory or `auto`; empty without one
record ConversionOrder(
    String source, String name, PrecisionOptions precision, String reference, boolean replace) {

  /// @param found the id of the source, or a commit of the hub
  /// @param pack the id of the reference or `auto`; null without one
  ConvertSpec spec(String found, @Nullable String pack) {
    return precision.spec(found, name, pack, replace);
  }
}
