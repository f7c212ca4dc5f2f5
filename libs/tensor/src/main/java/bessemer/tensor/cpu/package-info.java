/// The cpu backend: eager, on this machine's memory, kernels of the Vector API.
@NullMarked
package bessemer.tensor.cpu;

import org.jspecify.annotations.NullMarked;
