package bessemer.conversion.job;

import bessemer.contracts.ConvertSpec;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;

/// The precision that a spec asks for.
final class Precisions {
  private Precisions() {}

  static Precision of(ConvertSpec spec) {
    if (ConvertSpec.INT8.equals(spec.dtype())) {
      return Precision.int8();
    }
    Precision.Floats floats =
        spec.dtype() == null ? new Precision.Keep() : Precision.full(spec.dtype());
    if (spec.bits() != null) {
      return new Precision.Affine(Recipe.uniform(spec.bits(), spec.groupSize()), floats);
    }
    if (spec.recipe() != null) {
      return new Precision.Affine(Recipe.mixed(spec.recipe(), spec.groupSize()), floats);
    }
    return spec.dequantize() ? new Precision.Dequantized(floats) : floats;
  }
}
