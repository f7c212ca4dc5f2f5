package bessemer.cli;

import bessemer.supervisor.Installation;
import bessemer.supervisor.LogEntry;
import bessemer.supervisor.LogFollower;
import bessemer.supervisor.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = "Shows what the services wrote, in the order of time.")
final class Logs implements Callable<Integer> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
  private static final int NAME = 18;
  private static final int INDENT = 20;
  private static final String SUFFIX = ".log";

  private record Timed(Instant at, LogEntry entry) {}

  private final Console console;
  private final Home home;

  @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this one's.")
  private @Nullable String service;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what comes, until Ctrl-C.")
  private boolean follow;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      description = "How many lines of the past. Default: 50.")
  private int lines = 50;

  @Option(names = "--json", description = "The lines as they are in the files.")
  private boolean json;

  Logs(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, Path> files = files(home.installation());
    Map<String, LogFollower> followers = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      followers.put(file.getKey(), new LogFollower(file.getValue()));
    }
    past(files).forEach(this::print);
    while (follow) {
      List<Timed> fresh = new ArrayList<>();
      for (Map.Entry<String, LogFollower> follower : followers.entrySet()) {
        fresh.addAll(timed(follower.getKey(), follower.getValue().fresh()));
      }
      fresh.sort(Comparator.comparing(Timed::at));
      fresh.forEach(line -> print(line.entry()));
      Thread.sleep(200);
    }
    return Exit.OK.code();
  }

  private Map<String, Path> files(Installation installation) throws IOException {
    Map<String, Path> files = new LinkedHashMap<>();
    if (Files.isDirectory(installation.logs())) {
      try (Stream<Path> found = Files.list(installation.logs())) {
        found
            .map(file -> String.valueOf(file.getFileName()))
            .filter(name -> name.endsWith(SUFFIX))
            .map(name -> name.substring(0, name.length() - SUFFIX.length()))
            .sorted()
            .forEach(part -> files.put(part, installation.log(part)));
      }
    }
    if (files.isEmpty()) {
      throw new CommandException(
          Exit.NOT_FOUND, "no logs in " + installation.logs() + ": ./bessemer up");
    }
    if (service == null) {
      return files;
    }
    Path one = files.get(service);
    if (one == null) {
      throw new CommandException(
          Exit.NOT_FOUND,
          "no log of '%s'; there are: %s".formatted(service, String.join(", ", files.keySet())));
    }
    return Map.of(service, one);
  }

  private List<LogEntry> past(Map<String, Path> files) throws IOException {
    List<Timed> all = new ArrayList<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      all.addAll(timed(file.getKey(), LogTail.lines(file.getValue(), lines)));
    }
    all.sort(Comparator.comparing(Timed::at)); // stable: a line without time stays behind its own
    return all.subList(Math.max(0, all.size() - lines), all.size()).stream()
        .map(Timed::entry)
        .toList();
  }

  private static List<Timed> timed(String part, List<String> lines) {
    List<Timed> timed = new ArrayList<>();
    Instant last = Instant.EPOCH;
    for (String line : lines) {
      LogEntry entry = LogEntry.parse(part, line);
      last = entry.at() == null ? last : entry.at();
      timed.add(new Timed(last, entry));
    }
    return timed;
  }

  private void print(LogEntry entry) {
    if (json) {
      console.out().println(entry.raw());
      return;
    }
    String time = entry.at() == null ? " ".repeat(18) : TIME.format(entry.at());
    String name = entry.part() + " ".repeat(Math.max(0, NAME - entry.part().length()));
    var line = new StringBuilder("%s  %s %s".formatted(time, name, level(entry.level())));
    line.append(entry.text().replace("\n", "\n" + " ".repeat(INDENT)));
    entry
        .context()
        .forEach((key, value) -> line.append("  ").append(key).append('=').append(value));
    console.out().println(line);
  }

  private String level(String level) {
    String padded = level + " ".repeat(Math.max(0, 6 - level.length()));
    return switch (level) {
      case "ERROR" -> console.styled("red", padded);
      case "WARN" -> console.styled("yellow", padded);
      default -> padded;
    };
  }
}
