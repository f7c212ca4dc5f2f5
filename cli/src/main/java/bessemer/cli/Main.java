package bessemer.cli;

/// placeholder
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.out.println("hello " + arguments.length);
  }
}
