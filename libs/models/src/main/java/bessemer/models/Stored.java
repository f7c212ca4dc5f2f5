package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Shape;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// The tensors of a checkpoint as an engine sees them.
final class Stored {
  private Stored() {}

  /// Those that the model uses, where they lie.
  static Map<String, Tensor> tensors(
      Engine engine, Architecture<?> architecture, Checkpoint checkpoint) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach((name, stored) -> {
          if (!architecture.drops(name)) {
            tensors.put(name, engine.constant(checkpoint.data(name), spec(stored)));
          }
        });
    return tensors;
  }

  static Spec spec(StoredTensor stored) {
    long[] dims = stored.shape().stream().mapToLong(Long::longValue).toArray();
    return new Spec(type(stored), Shape.of(dims));
  }

  private static DType type(StoredTensor stored) {
    return switch (stored.type()) {
      case F32 -> DType.F32;
      case F16 -> DType.F16;
      case BF16 -> DType.BF16;
      case I8 -> DType.I8;
      case I32 -> DType.I32;
      case U32 -> DType.U32;
      case BOOL, U8, F8_E4M3, F8_E5M2, I16, U16, I64, U64, F64 ->
          throw new BadCheckpointException(
              stored.file(),
              "tensor %s is %s, which is not computed with; convert the checkpoint first"
                  .formatted(BadCheckpointException.quoted(stored.name()), stored.type()));
    };
  }
}
