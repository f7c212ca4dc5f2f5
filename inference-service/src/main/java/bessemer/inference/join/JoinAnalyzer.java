package bessemer.inference.join;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Shows why the worker does not start, and what to do, instead of a stack trace.
final class JoinAnalyzer extends AbstractFailureAnalyzer<JoinException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, JoinException cause) {
    return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.action(), cause);
  }
}
