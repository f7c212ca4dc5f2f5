package bessemer.checkpoint.text.template;

import java.util.List;

/// What lazy filters such as `map` and `selectattr` return: true even when empty, without a length,
/// and empty once it has been read.
final class Generated {
  private List<Object> items;

  Generated(List<Object> items) {
    this.items = items;
  }

  List<Object> take() {
    List<Object> taken = items;
    items = List.of();
    return taken;
  }
}
