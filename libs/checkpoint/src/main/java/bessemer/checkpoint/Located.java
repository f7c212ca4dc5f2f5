package bessemer.checkpoint;

/// A tensor and its content.
record Located(StoredTensor tensor, TensorBytes bytes) {}
