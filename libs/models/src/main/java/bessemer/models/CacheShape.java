package bessemer.models;

import bessemer.tensor.nn.KvType;

/// What a model remembers of each position: keys and values of every layer.
public record CacheShape(int layers, int keyHeads, int headDim) {
  /// Bytes of one position in a cache of this type, of a model that computes in fp32.
  public long positionBytes(KvType type) {
    return 2L * layers * keyHeads * type.bytes(headDim);
  }
}
