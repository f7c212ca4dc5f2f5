package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Generated;
import bessemer.models.generation.Request;
import bessemer.models.generation.Sampling;
import java.util.List;
import java.util.Set;

/// What the tests have generated.
final class Texts {
  private Texts() {}

  /// The recorded question, or as much as 400 tokens after it.
  static Request request(boolean endless) {
    var prompt = List.of(1, 4, 277, 266, 278, 279, 269, 616, 36, 2, 5);
    return new Request(
        prompt, endless ? 400 : 30, Sampling.greedy(), endless ? Set.of() : Set.of(2), List.of());
  }

  static Generated ask(Residents residents, StoredModel model) throws Exception {
    var heard = new Heard();
    try (Lease lease = residents.acquire(model)) {
      lease.submit(List.of(new Lease.Order(request(false), heard)));
    }
    return heard.end();
  }
}
