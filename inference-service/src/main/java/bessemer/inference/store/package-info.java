/// Where models come from: the catalogue behind the gateway, or one directory.
@NullMarked
package bessemer.inference.store;

import org.jspecify.annotations.NullMarked;
