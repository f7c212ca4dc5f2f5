package bessemer.inference.web;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// A request that cannot be answered as it is (400).
public final class Refusal extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final @Nullable String param;
  private final @Nullable String code;

  /// @param param the field that is wrong, as `messages[0].role`
  /// @param code for programs
  public Refusal(String message, @Nullable String param, @Nullable String code) {
    super(message);
    this.param = param;
    this.code = code;
  }

  public static Refusal value(String param, String message) {
    return new Refusal("'%s' %s".formatted(param, message), param, "invalid_value");
  }

  public static Refusal unsupported(String param, String message) {
    return new Refusal("'%s' %s".formatted(param, message), param, "unsupported_parameter");
  }

  public @Nullable String param() {
    return param;
  }

  public @Nullable String code() {
    return code;
  }
}
