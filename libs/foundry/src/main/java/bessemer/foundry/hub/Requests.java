package bessemer.foundry.hub;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;

/// One GET with redirects followed by hand: each hop is checked against the allowed hosts and the
/// public Internet, and only the endpoint itself receives the token.
final class Requests {
  private static final int MAX_HOPS = 5;

  private final HubSettings settings;
  private final Alarm alarm;
  private final Resolver resolver;
  private final HttpClient http =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(Duration.ofSeconds(20))
          .build();

  Requests(HubSettings settings, Alarm alarm, Resolver resolver) {
    this.settings = settings;
    this.alarm = alarm;
    this.resolver = resolver;
  }

  /// A 200, 206 or 416 answer from byte `from` on; the caller closes the body. Everything else is a
  /// [HubException], or a [Retry.BusyHub] where trying again may help.
  HttpResponse<InputStream> get(URI address, long from) throws IOException, InterruptedException {
    URI target = address;
    for (int hop = 0; hop <= MAX_HOPS; hop++) {
      requireAllowed(target);
      requireOutside(target);
      HttpResponse<InputStream> answer = http.send(request(target, from), _ -> body());
      switch (answer.statusCode()) {
        case 200, 206, 416 -> {
          return answer;
        }
        case 301, 302, 303, 307, 308 -> target = redirected(target, answer);
        default -> throw failed(target, answer);
      }
    }
    throw new HubException(
        Kind.BAD_ANSWER, "%s: more than %d redirects".formatted(shown(address), MAX_HOPS));
  }

  private HttpResponse.BodySubscriber<InputStream> body() {
    return BodySubscribers.mapping(
        BodySubscribers.ofInputStream(), in -> new WatchedBody(in, settings.silence(), alarm));
  }

  /// The address without its query, which may carry a signature.
  static String shown(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath();
  }

  private HttpRequest request(URI target, long from) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .timeout(settings.silence())
            .header("User-Agent", "bessemer")
            .header("Accept-Encoding", "identity");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    if (settings.token().present() && settings.isEndpoint(target)) {
      request.header("Authorization", "Bearer " + settings.token().secret());
    }
    return request.build();
  }

  private void requireAllowed(URI target) throws HubException {
    if (!settings.allows(target)) {
      throw new HubException(
          Kind.HOST_REFUSED,
          "%s: the hub refers to an address that is not allowed; an administrator can add the host"
              .formatted(shown(target)));
    }
  }

  /// Refuses an allowed name that leads to this machine or its network. Java's cache of names makes
  /// the connection go to the address seen here; should the entry expire in between and the name
  /// then lead elsewhere, TLS still asks for a certificate of the name before anything is sent.
  private void requireOutside(URI target) throws IOException {
    if (!"https".equals(target.getScheme())) {
      return;
    }
    for (InetAddress address : resolver.addresses(target)) {
      boolean own = address.isLoopbackAddress() && settings.onLoopback();
      if (!own && !Addresses.isPublic(address)) {
        throw new HubException(
            Kind.HOST_REFUSED,
            "%s leads to %s, which is no address of the public Internet: check the name server"
                .formatted(shown(target), address.getHostAddress()));
      }
    }
  }

  private static URI redirected(URI target, HttpResponse<InputStream> answer) throws IOException {
    answer.body().close();
    String location = answer.headers().firstValue("Location").orElse("");
    try {
      return target.resolve(URI.create(location));
    } catch (IllegalArgumentException e) {
      throw new HubException(
          Kind.BAD_ANSWER, shown(target) + ": redirect to an address that cannot be read", e);
    }
  }

  private IOException failed(URI target, HttpResponse<InputStream> answer) throws IOException {
    answer.body().close();
    int status = answer.statusCode();
    String said = answer.headers().firstValue("X-Error-Code").orElse("");
    String code = said.matches("[A-Za-z]{1,40}") ? said : "";
    String where = "%s: %d %s".formatted(shown(target), status, code).strip();
    if (status == 429 || status >= 500) {
      return new Retry.BusyHub(where, retryAfter(answer));
    }
    if (status == 401 || status == 403) {
      return denied(where, code);
    }
    if (status == 404) {
      return new HubException(Kind.NOT_FOUND, where + ". " + missing(code));
    }
    return new HubException(Kind.BAD_ANSWER, where);
  }

  private HubException denied(String where, String code) {
    String todo =
        switch (code) {
          case "GatedRepo" ->
              "Accept the licence on the model's page of the hub, then set HF_TOKEN";
          case "RepoNotFound" -> "The repository does not exist or is private: check the name";
          default -> "The repository is private or gated";
        };
    String token = settings.token().present() ? "the token has no access" : "set HF_TOKEN";
    return new HubException(Kind.ACCESS_DENIED, where + ". " + todo + " (" + token + ")");
  }

  private static String missing(String code) {
    return switch (code) {
      case "RepoNotFound" -> "No such repository: check org/name";
      case "RevisionNotFound" -> "No such revision: check the part after @";
      case "EntryNotFound" -> "No such file in the repository";
      default -> "Not found";
    };
  }

  /// Only the form in seconds; a date counts as not said.
  private static Duration retryAfter(HttpResponse<?> answer) {
    String text = answer.headers().firstValue("Retry-After").orElse("");
    return text.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(text)) : Duration.ZERO;
  }
}
