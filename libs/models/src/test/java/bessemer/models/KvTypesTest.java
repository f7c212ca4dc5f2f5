package bessemer.models;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;

class KvTypesTest extends KvTypesContract {
  @Override
  Engine engine() {
    return Cpu.engine(2);
  }
}
