package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;

public record LayerNorm(String path, Parameter weight, Parameter bias, float epsilon) {

  public Tensor forward(Tensor x) {
    return x.layerNorm(weight.value(), bias.value(), epsilon).named(path);
  }
}
