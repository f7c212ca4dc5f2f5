package bessemer.foundry.hub;

/// An access token of the hub, empty for none; its text form never shows it.
public record HubToken(String secret) {
  /// No token: public repositories only.
  public static final HubToken NONE = new HubToken("");

  public HubToken {
    if (!secret.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException("the hub token has characters a header cannot carry");
    }
  }

  boolean present() {
    return !secret.isEmpty();
  }

  @Override
  public String toString() {
    return present() ? "HubToken[hidden]" : "HubToken[none]";
  }
}
