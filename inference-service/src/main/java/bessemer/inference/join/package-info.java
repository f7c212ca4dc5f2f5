/// How a worker and a gateway on different machines come to trust each other: certificates pinned
/// on both sides, the gateway's signatures checked with the key that it told.
@NullMarked
package bessemer.inference.join;

import org.jspecify.annotations.NullMarked;
