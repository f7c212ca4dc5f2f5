package bessemer.checkpoint;

/// How a checkpoint is stored.
public enum Format {
  SAFETENSORS,
  /// Zip files as `torch.save` writes them since PyTorch 1.6.
  PYTORCH
}
