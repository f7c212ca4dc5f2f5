/// Tensors, the engine that owns them, the primitives that backends execute, and their gradients.
@NullMarked
package bessemer.tensor;

import org.jspecify.annotations.NullMarked;
