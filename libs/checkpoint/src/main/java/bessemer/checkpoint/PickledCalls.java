package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.Pickled.Callable;
import bessemer.checkpoint.Pickled.Dict;
import bessemer.checkpoint.Pickled.Storage;
import bessemer.checkpoint.Pickled.StorageClass;
import bessemer.checkpoint.Pickled.Tensor;
import bessemer.checkpoint.Pickled.Text;
import bessemer.checkpoint.Pickled.Tuple;
import bessemer.checkpoint.Pickled.Whole;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The few names a pickle of tensors refers to, and what calling them gives.
final class PickledCalls {
  private static final int MAX_RANK = 16;

  private static final Map<String, Callable> CALLABLES =
      Map.of(
          "torch._utils._rebuild_tensor_v2", Callable.REBUILD_TENSOR,
          "torch._utils._rebuild_parameter", Callable.REBUILD_PARAMETER,
          "collections.OrderedDict", Callable.ORDERED_DICT,
          "torch.Size", Callable.SIZE);

  private static final Map<String, StoredType> STORAGES =
      Map.of(
          "torch.BoolStorage", StoredType.BOOL,
          "torch.ByteStorage", StoredType.U8,
          "torch.CharStorage", StoredType.I8,
          "torch.ShortStorage", StoredType.I16,
          "torch.IntStorage", StoredType.I32,
          "torch.LongStorage", StoredType.I64,
          "torch.HalfStorage", StoredType.F16,
          "torch.BFloat16Storage", StoredType.BF16,
          "torch.FloatStorage", StoredType.F32,
          "torch.DoubleStorage", StoredType.F64);

  private final PickleBytes in;

  PickledCalls(PickleBytes in) {
    this.in = in;
  }

  Pickled global(String module, String name) {
    String global = module + "." + name;
    Callable callable = CALLABLES.get(global);
    if (callable != null) {
      return callable;
    }
    StoredType type = STORAGES.get(global);
    if (type != null) {
      return new StorageClass(type);
    }
    throw in.bad(
        "the pickle asks for %s, which is refused: it may run code, and no tensor needs it; save the"
                .formatted(quoted(global))
            + " state dict alone, best with safetensors.torch.save_file");
  }

  Pickled call(Callable callable, List<Pickled> arguments) {
    return switch (callable) {
      case REBUILD_TENSOR -> tensor(arguments);
      case REBUILD_PARAMETER -> parameter(arguments);
      case ORDERED_DICT -> orderedDict(arguments);
      case SIZE -> size(arguments);
    };
  }

  /// The persistent id `('storage', type, key, location, length)`.
  Storage storage(Pickled id) {
    if (id instanceof Tuple(List<Pickled> parts)
        && parts.size() == 5
        && parts.get(0) instanceof Text(String word)
        && word.equals("storage")
        && parts.get(1) instanceof StorageClass(StoredType type)
        && parts.get(2) instanceof Text(String key)) {
      return new Storage(type, key, count(parts.get(4), "length of a storage"));
    }
    throw in.bad("a persistent id is not ('storage', type, key, location, length)");
  }

  private Tensor tensor(List<Pickled> arguments) {
    if (arguments.size() < 4 || !(arguments.get(0) instanceof Storage storage)) {
      throw in.bad("_rebuild_tensor_v2 without storage, offset, size and stride");
    }
    List<Long> shape = counts(arguments.get(2), "size");
    List<Long> strides = counts(arguments.get(3), "stride");
    if (shape.size() != strides.size()) {
      throw in.bad("a tensor has the size " + shape + " and the strides " + strides);
    }
    return new Tensor(storage, count(arguments.get(1), "storage offset"), shape, strides);
  }

  private Tensor parameter(List<Pickled> arguments) {
    if (!arguments.isEmpty() && arguments.getFirst() instanceof Tensor tensor) {
      return tensor;
    }
    throw in.bad("_rebuild_parameter without a tensor");
  }

  private Dict orderedDict(List<Pickled> arguments) {
    if (!arguments.isEmpty()) {
      throw in.bad("OrderedDict with arguments; PyTorch writes it without");
    }
    return new Dict(new LinkedHashMap<>());
  }

  private Pickled size(List<Pickled> arguments) {
    if (arguments.size() == 1 && arguments.getFirst() instanceof Tuple tuple) {
      return tuple;
    }
    throw in.bad("torch.Size without a tuple");
  }

  private List<Long> counts(Pickled value, String what) {
    if (!(value instanceof Tuple(List<Pickled> items)) || items.size() > MAX_RANK) {
      throw in.bad("the %s of a tensor is %s".formatted(what, value.kind()));
    }
    List<Long> counts = new ArrayList<>();
    for (Pickled item : items) {
      counts.add(count(item, what));
    }
    return counts;
  }

  private long count(Pickled value, String what) {
    if (value instanceof Whole(BigInteger whole) && whole.signum() >= 0 && whole.bitLength() < 64) {
      return whole.longValue();
    }
    throw in.bad("the %s is %s, not a number between 0 and 2^63 - 1".formatted(what, value.kind()));
  }
}
