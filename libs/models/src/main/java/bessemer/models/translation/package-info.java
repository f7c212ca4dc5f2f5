/// Searching translations: greedy and by beams, from tokens to tokens.
@NullMarked
package bessemer.models.translation;

import org.jspecify.annotations.NullMarked;
