package bessemer.cli;

import java.util.UUID;

/// Jobs of a [FakeGateway], in the contracts' JSON.
final class FakeJobs {
  static final UUID ID = UUID.fromString("7d3f1c2a-0000-4000-8000-000000000001");

  private FakeJobs() {}

  static String job(String state) {
    return job(ID, state, "{}", "null");
  }

  /// @param result as JSON
  /// @param error as JSON
  static String job(UUID id, String state, String result, String error) {
    return """
    {"id":"%s","kind":"convert","state":"%s","spec":{"name":"qwen","bits":4},"priority":0,
     "epoch":1,"owner":"conversion@here","created_by":"admin",
     "created_at":"2026-01-02T03:04:05Z","started_at":"2026-01-02T03:04:06Z",
     "finished_at":null,"queue_position":null,"waiting":null,
     "progress":{"step":"convert","done":500,"total":2000,"per_second":100.0,"seconds_left":15.0},
     "steps":[{"name":"inspect","status":"completed","started_at":"2026-01-02T03:04:06Z",
     "seconds":0.5}],"error":%s,"result":%s}
    """
        .formatted(id, state, error, result);
  }

  static String succeeded(String verdict) {
    return job(
        ID, "succeeded", "{\"model\":\"qwen\",\"verdict\":\"%s\"}".formatted(verdict), "null");
  }

  /// An event as the gateway streams it.
  static String event(long seq, String type, String data) {
    return """
    id: %1$d
    event: %2$s
    data: {"job":"%3$s","seq":%1$d,"epoch":1,"type":"%2$s","at":"2026-01-02T03:04:%4$02dZ","data":%5$s}

    """
        .formatted(seq, type, ID, seq, data);
  }

  /// The events of a conversion that goes well.
  static String[] story(String verdict) {
    return new String[] {
      event(1, "submitted", "{\"kind\":\"convert\",\"priority\":0}"),
      event(2, "claimed", "{\"owner\":\"conversion@here\"}"),
      event(3, "step", "{\"name\":\"inspect\"}"),
      ": still here\n\n",
      event(4, "step", "{\"name\":\"convert\"}"),
      event(5, "progress", progress(500)),
      event(6, "progress", progress(2000)),
      event(7, "step", "{\"name\":\"verify\"}"),
      event(9, "succeeded", "{\"model\":\"qwen\",\"verdict\":\"%s\"}".formatted(verdict))
    };
  }

  static String progress(long done) {
    return "{\"step\":\"convert\",\"done\":%d,\"total\":2000,\"per_second\":100.0,\"seconds_left\":1.0}"
        .formatted(done);
  }
}
