package bessemer.tensor.optim;

import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Slot;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// One running value of each parameter, zero at first: a moment.
final class Memory {
  private final List<Parameter> parameters;
  private final String name;
  private final List<Slot> slots = new ArrayList<>();

  Memory(List<Parameter> parameters, String name) {
    this.parameters = parameters;
    this.name = name;
    for (Parameter parameter : parameters) {
      Engine engine = parameter.value().engine();
      try (Scope _ = engine.scope()) {
        Slot slot = Slot.lasting();
        slot.set(engine.fill(0, parameter.shape().dims()));
        slots.add(slot);
      }
    }
  }

  Tensor get(int i) {
    return slots.get(i).get();
  }

  /// `old + share * (next - old)`
  Tensor blend(int i, Tensor next, float share) {
    Tensor blended = get(i).times(1 - share).plus(next.times(share));
    return slots.get(i).set(blended);
  }

  private String name(int i) {
    return parameters.get(i).path() + "." + name;
  }

  void save(SequencedMap<String, Tensor> state) {
    for (int i = 0; i < slots.size(); i++) {
      state.put(name(i), get(i));
    }
  }

  void restore(SequencedMap<String, Tensor> state) {
    for (int i = 0; i < slots.size(); i++) {
      Tensor found = state.get(name(i));
      if (found == null || !found.shape().equals(parameters.get(i).shape())) {
        throw new IllegalArgumentException(
            "%s: expected %s, the state has %s"
                .formatted(
                    name(i), parameters.get(i).shape(), found == null ? "nothing" : found.shape()));
      }
      try (Scope _ = found.engine().scope()) {
        slots.get(i).set(found.times(1)); // a tensor of its own
      }
    }
  }

  static SequencedMap<String, Tensor> saved(Memory... memories) {
    var state = new LinkedHashMap<String, Tensor>();
    for (Memory memory : memories) {
      memory.save(state);
    }
    return state;
  }
}
