package bessemer.models.generation;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;

/// On the processor, which computes at once and does not look ahead unless it is told to.
class AheadTest extends AheadContract {
  @Override
  Engine engine() {
    return Cpu.engine(2);
  }
}
