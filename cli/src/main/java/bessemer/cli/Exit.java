package bessemer.cli;

/// What the process answers to its caller.
enum Exit {
  OK(0),
  FAILED(1),
  USAGE(2),
  NOT_FOUND(3),
  GATE_FAILED(4);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
