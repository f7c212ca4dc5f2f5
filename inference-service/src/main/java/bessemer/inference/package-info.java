/// The inference service: what Spring wires together.
@NullMarked
package bessemer.inference;

import org.jspecify.annotations.NullMarked;
