/// The command line: one class per command. Knows no tensor outside what runs locally.
@NullMarked
package bessemer.cli;

import org.jspecify.annotations.NullMarked;
