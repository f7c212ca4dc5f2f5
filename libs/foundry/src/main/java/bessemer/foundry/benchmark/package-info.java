/// How fast a model runs on this machine: measured, with nothing derived that was not timed.
@NullMarked
package bessemer.foundry.benchmark;

import org.jspecify.annotations.NullMarked;
