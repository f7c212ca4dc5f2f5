package bessemer.supervisor;

import bessemer.supervisor.process.Part;
import bessemer.supervisor.process.PartState;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is to run: stages, each of which starts when the one before is ready. They stop in reverse.
///
/// @param url of the gateway, for clients on this machine
/// @param fingerprint of its certificate; null without TLS
record Plan(String url, @Nullable String fingerprint, List<List<Part>> stages) {

  /// Makes the plan, and whatever has to exist before the first process starts.
  interface Maker {
    /// Of all parts, in their order.
    List<String> names();

    /// @param preparing told what is being done for a part that does not run yet
    Plan make(Ports ports, Consumer<PartState> preparing) throws IOException, InterruptedException;
  }
}
