/// Optimizers: how parameters change by their gradients.
@NullMarked
package bessemer.tensor.optim;

import org.jspecify.annotations.NullMarked;
