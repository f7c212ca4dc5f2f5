/// Whether a backend computes what it should on this machine, in a few seconds and without files.
@NullMarked
package bessemer.foundry.doctor;

import org.jspecify.annotations.NullMarked;
