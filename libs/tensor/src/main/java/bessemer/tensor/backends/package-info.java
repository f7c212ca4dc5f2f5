/// Which backend computes: the one place where engines are made from what users choose.
@NullMarked
package bessemer.tensor.backends;

import org.jspecify.annotations.NullMarked;
