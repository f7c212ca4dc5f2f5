package bessemer.tensor.cpu;

import bessemer.tensor.BackendContract;
import bessemer.tensor.Engine;
import bessemer.tensor.GradientContract;
import bessemer.tensor.nn.ModelContract;

class CpuContractTest implements BackendContract, GradientContract, ModelContract {
  @Override
  public Engine engine() {
    return Cpu.engine(2);
  }
}
