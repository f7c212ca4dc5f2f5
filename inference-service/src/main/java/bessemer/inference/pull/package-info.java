/// Models brought from the gateway to this machine's own disk.
@NullMarked
package bessemer.inference.pull;

import org.jspecify.annotations.NullMarked;
