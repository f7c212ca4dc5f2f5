/// The cluster as the command line sees it: where its gateway is, what is asked of it, and how its
/// answers and refusals read. Knows no command and no tensor.
@NullMarked
package bessemer.cli.remote;

import org.jspecify.annotations.NullMarked;
