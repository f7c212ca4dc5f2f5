/// Translators measured on a corpus: what is read, what is translated, what is reported.
@NullMarked
package bessemer.foundry.evaluate;

import org.jspecify.annotations.NullMarked;
