package bessemer.foundry.convert;

import bessemer.checkpoint.Format;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a source holds, as far as its configuration and headers tell.
///
/// @param parameters elements of the model, before quantization if it is quantized
/// @param bytes of all tensors
/// @param types how many tensors of each type
/// @param quantization `affine, 4 bits, groups of 64` or `none`
/// @param sideFiles tokenizer and other files that go along
public record Inspection(
    String modelType,
    Format format,
    int layers,
    long parameters,
    int tensors,
    long bytes,
    Map<String, Integer> types,
    String quantization,
    boolean tiedEmbeddings,
    List<String> files,
    List<String> sideFiles,
    List<String> warnings) {
  public Inspection {
    types = new TreeMap<>(types);
    files = List.copyOf(files);
    sideFiles = List.copyOf(sideFiles);
    warnings = List.copyOf(warnings);
  }
}
