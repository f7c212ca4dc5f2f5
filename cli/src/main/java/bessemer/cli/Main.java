package bessemer.cli;

/// The process: streams, home and exit code.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Console console = Console.system();
    Home home = Home.of(System.getenv(), Home.ofUser(System.getenv()));
    int code = Bessemer.run(console, home, System.getenv(), arguments);
    console.out().flush();
    System.exit(code);
  }
}
