/// Text from a language model: the choice of tokens, rules to stop, streaming.
@NullMarked
package bessemer.models.generation;

import org.jspecify.annotations.NullMarked;
