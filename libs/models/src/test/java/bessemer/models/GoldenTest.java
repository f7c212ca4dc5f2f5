package bessemer.models;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;

class GoldenTest extends GoldenContract {
  @Override
  Engine engine() {
    return Cpu.engine(2);
  }
}
