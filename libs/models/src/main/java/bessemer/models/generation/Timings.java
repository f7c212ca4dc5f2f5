package bessemer.models.generation;

import java.util.List;

/// How long a generation took.
///
/// @param promptTokens all of the prompt
/// @param reusedTokens of them those that were not computed: another text had begun with them
/// @param firstTokenNanos from the call to the first token; to the end if there was none
/// @param tokenNanos of each further token, the one that stopped included
public record Timings(
    int promptTokens, int reusedTokens, long firstTokenNanos, List<Long> tokenNanos) {

  public Timings {
    tokenNanos = List.copyOf(tokenNanos);
  }

  /// Computed tokens of the prompt per second, up to the first token.
  public double prefillPerSecond() {
    return (promptTokens - reusedTokens) / seconds(firstTokenNanos);
  }

  /// Tokens per second after the first; 0 if there were none.
  public double decodePerSecond() {
    long sum = tokenNanos.stream().mapToLong(Long::longValue).sum();
    return tokenNanos.size() / seconds(sum);
  }

  private static double seconds(long nanos) {
    return Math.max(1, nanos) / 1e9;
  }
}
