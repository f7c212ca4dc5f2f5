package bessemer.cli;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.cli.remote.GatewayException;
import bessemer.contracts.InvalidFieldException;
import bessemer.foundry.BadRequestException;
import bessemer.supervisor.process.SupervisorException;
import bessemer.tensor.backends.NoBackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/// What goes wrong in a command, as one clear line and an exit code. What nobody foresaw shows
/// where it happened, to be pasted into an issue.
final class Failures implements IExecutionExceptionHandler {
  private final Console console;

  Failures(Console console) {
    this.console = console;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
    return switch (e) {
      case CommandException c -> say(said(c), c.exit());
      case GatewayException gateway -> say(said(gateway), exit(gateway));
      case InvalidFieldException field -> say(said(field), Exit.USAGE);
      case SupervisorException supervisor -> say(said(supervisor), Exit.FAILED);
      case BadRequestException request -> say(said(request), Exit.USAGE);
      case BadCheckpointException bad -> say(said(bad), Exit.FAILED);
      case NoSuchFileException missing ->
          say(missing.getFile() + " does not exist", Exit.NOT_FOUND);
      case AccessDeniedException denied -> say("no access to " + denied.getFile(), Exit.FAILED);
      case NoBackendException backend -> say(said(backend), Exit.FAILED);
      case UncheckedIOException io -> say(said(io), Exit.FAILED);
      case IOException io -> say(said(io), Exit.FAILED);
      default -> {
        say("this should not have happened: " + e, Exit.FAILED);
        e.printStackTrace(console.err());
        yield Exit.FAILED.code();
      }
    };
  }

  private static Exit exit(GatewayException e) {
    return switch (e.status()) {
      case 400 -> Exit.USAGE;
      case 404 -> Exit.NOT_FOUND;
      default -> Exit.FAILED;
    };
  }

  private int say(String message, Exit exit) {
    console.error(message);
    return exit.code();
  }

  private static String said(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
