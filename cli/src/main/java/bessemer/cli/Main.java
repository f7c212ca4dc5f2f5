package bessemer.cli;

import java.nio.file.Path;

/// The process: streams, home and exit code.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Console console = Console.system();
    Home home = Home.of(System.getenv(), Path.of(System.getProperty("user.home")));
    int code = Bessemer.commandLine(console, home).execute(arguments);
    console.out().flush();
    System.exit(code);
  }
}
