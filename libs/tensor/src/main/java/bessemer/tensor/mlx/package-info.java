/// The MLX backend: lazy, on Apple's GPUs, and for tests on MLX's own cpu.
@NullMarked
package bessemer.tensor.mlx;

import org.jspecify.annotations.NullMarked;
