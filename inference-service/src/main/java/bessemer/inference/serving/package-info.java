/// Models in memory, each with the thread that owns it, and the requests that wait for them.
@NullMarked
package bessemer.inference.serving;

import org.jspecify.annotations.NullMarked;
