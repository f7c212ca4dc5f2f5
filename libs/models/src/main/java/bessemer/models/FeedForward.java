package bessemer.models;

import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Params;

/// SwiGLU: `down(silu(gate(x)) * up(x))`.
final class FeedForward {
  private final String path;
  private final Linear gate;
  private final Linear up;
  private final Linear down;

  FeedForward(int dim, int innerDim, boolean bias, Params params) {
    path = params.path();
    gate = params.linear("gate_proj", dim, innerDim, bias);
    up = params.linear("up_proj", dim, innerDim, bias);
    down = params.linear("down_proj", innerDim, dim, bias);
  }

  Tensor forward(Tensor x) {
    return down.forward(gate.forward(x).silu().times(up.forward(x))).named(path);
  }
}
