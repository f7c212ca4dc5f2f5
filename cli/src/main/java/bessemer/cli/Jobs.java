package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.cli.remote.RemoteJobs;
import bessemer.cli.remote.RemoteJobs.Patience;
import bessemer.contracts.JobView;
import bessemer.contracts.LogLine;
import bessemer.contracts.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "jobs",
    mixinStandardHelpOptions = true,
    description = {
      "Lists, shows, watches, cancels and retries jobs.",
      "ID is a job's id or at least the first four characters of it."
    })
final class Jobs {
  private final Console console;
  private final Connection connection;

  Jobs(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists jobs, newest first.")
  int list(
      @Option(
              names = "--state",
              paramLabel = "STATE",
              description =
                  "Only queued, running, retrying, cancelling, succeeded, failed or cancelled ones.")
          @Nullable String state,
      @Option(names = "--kind", paramLabel = "KIND", description = "Only of this kind: convert.")
          @Nullable String kind,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "At most this many. Default ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    List<String> filter = new ArrayList<>();
    if (state != null) {
      filter.add("state=" + Gateway.segment(state.toLowerCase(Locale.ROOT)));
    }
    if (kind != null) {
      filter.add("kind=" + Gateway.segment(kind.toLowerCase(Locale.ROOT)));
    }
    try (Gateway gateway = connection.open()) {
      Page<JobView> page = jobs(gateway).list(String.join("&", filter), limit);
      JobTables.print(console, page, json);
    }
    return Exit.OK.code();
  }

  @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows all about a job.")
  int show(
      @Parameters(paramLabel = "ID", description = "The job.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      RemoteJobs jobs = jobs(gateway);
      JobView job = jobs.find(jobs.resolve(id));
      console.out().print(json ? Json.of(job) + "\n" : JobTables.all(job));
    }
    return Exit.OK.code();
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Follows a job to its end; answers as `convert` does.")
  int watch(
      @Parameters(paramLabel = "ID", description = "The job.") String id,
      @Option(names = "--json", description = "Print each event as a line of JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      RemoteJobs jobs = jobs(gateway);
      UUID job = jobs.find(jobs.resolve(id)).id();
      var watch = new JobWatch(console, gateway, false);
      return (json ? watch.print(job) : watch.follow(job)).code();
    }
  }

  @Command(
      name = "cancel",
      mixinStandardHelpOptions = true,
      description = "Stops a job; what it made so far is removed.")
  int cancel(
      @Parameters(paramLabel = "ID", description = "The job.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      RemoteJobs jobs = jobs(gateway);
      JobView job = jobs.cancel(jobs.resolve(id));
      console.out().println(json ? Json.of(job) : job.id() + " " + JobTables.state(job));
    }
    return Exit.OK.code();
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      description = "Submits a failed or cancelled job again and prints the new job's id.")
  int retry(
      @Parameters(paramLabel = "ID", description = "The job.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      RemoteJobs jobs = jobs(gateway);
      JobView job = jobs.retry(jobs.resolve(id));
      console.out().println(json ? Json.of(job) : job.id());
    }
    return Exit.OK.code();
  }

  @Command(name = "logs", mixinStandardHelpOptions = true, description = "Prints a job's log.")
  int logs(
      @Parameters(paramLabel = "ID", description = "The job.") String id,
      @Option(
              names = {"-f", "--follow"},
              description = "Go on until the job ends.")
          boolean follow,
      @Option(names = "--json", description = "Print each line as a line of JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      RemoteJobs jobs = jobs(gateway);
      UUID job = jobs.find(jobs.resolve(id)).id();
      if (follow) {
        jobs.followLog(
            job,
            line -> print(line, json),
            reason -> console.note("connection lost, the job goes on: " + reason));
      } else {
        jobs.log(job).forEach(line -> print(line, json));
      }
    }
    return Exit.OK.code();
  }

  private void print(LogLine line, boolean json) {
    console
        .out()
        .println(
            json ? Json.line(line) : "%s %-5s %s".formatted(line.at(), line.level(), line.text()));
  }

  private static RemoteJobs jobs(Gateway gateway) {
    return new RemoteJobs(gateway, Patience.real());
  }
}
