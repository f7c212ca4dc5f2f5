/// The worker's word to the gateway that it is there.
@NullMarked
package bessemer.inference.registration;

import org.jspecify.annotations.NullMarked;
