/// Models beside each other: what they take, how fast they are, and how far they predict otherwise
/// than the first of them.
@NullMarked
package bessemer.foundry.compare;

import org.jspecify.annotations.NullMarked;
