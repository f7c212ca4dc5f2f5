/// Language models, one file an architecture, and how they are loaded.
@NullMarked
package bessemer.models;

import org.jspecify.annotations.NullMarked;
