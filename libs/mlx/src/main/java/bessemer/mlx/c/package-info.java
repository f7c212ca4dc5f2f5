/// The functions of mlx-c 0.7 as they are: one class for each of its headers, generated from a list
/// of those that are called, and the library they come from.
@NullMarked
package bessemer.mlx.c;

import org.jspecify.annotations.NullMarked;
