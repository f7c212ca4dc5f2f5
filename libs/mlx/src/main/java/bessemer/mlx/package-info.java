/// mlx-c, bound by the foreign function interface. Knows C, knows no tensor.
@NullMarked
package bessemer.mlx;

import org.jspecify.annotations.NullMarked;
