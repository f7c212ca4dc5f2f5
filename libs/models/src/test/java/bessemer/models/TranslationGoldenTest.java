package bessemer.models;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;

class TranslationGoldenTest extends TranslationContract {
  @Override
  Engine engine() {
    return Cpu.engine(2);
  }
}
