package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;

public record RmsNorm(String path, Parameter weight, float epsilon) {

  public Tensor forward(Tensor x) {
    return x.rmsNorm(weight.value(), epsilon).named(path);
  }
}
