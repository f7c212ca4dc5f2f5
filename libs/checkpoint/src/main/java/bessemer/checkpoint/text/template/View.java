package bessemer.checkpoint.text.template;

import java.util.List;

/// What `keys`, `values` and `items` of a dict return; `kind` is how it prints (`dict_items`).
record View(String kind, List<Object> items) {}
