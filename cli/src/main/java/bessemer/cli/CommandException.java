package bessemer.cli;

/// A command cannot do what it was asked, for a reason that its user can mend.
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final Exit exit;

  CommandException(Exit exit, String message) {
    super(message);
    this.exit = exit;
  }

  Exit exit() {
    return exit;
  }
}
