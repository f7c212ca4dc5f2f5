/// What model files are made of: sources of weights, layers, positions and caches.
@NullMarked
package bessemer.tensor.nn;

import org.jspecify.annotations.NullMarked;
