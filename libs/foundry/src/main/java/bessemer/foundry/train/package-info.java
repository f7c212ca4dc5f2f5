/// Fine-tuning: examples and batches, the loss, steps, checkpoints that resume exactly, reports.
@NullMarked
package bessemer.foundry.train;

import org.jspecify.annotations.NullMarked;
