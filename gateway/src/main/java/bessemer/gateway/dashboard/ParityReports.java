package bessemer.gateway.dashboard;

import bessemer.service.CallSigner;
import bessemer.service.Caller;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Fetches the parity report of a model from the service that keeps the files.
final class ParityReports {
  private static final String SERVICE = "conversion-service";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long LONGEST = 64 << 20;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI conversion;
  private final CallSigner signer;
  private final JsonMapper json;

  ParityReports(URI conversion, CallSigner signer, JsonMapper json) {
    this.conversion = conversion;
    this.signer = signer;
    this.json = json;
  }

  /// There it is, or a sentence that says why not.
  sealed interface Answer {
    record Report(ParityView view) implements Answer {}

    record None(String reason) implements Answer {}
  }

  Answer fetch(String model, Caller caller) {
    HttpRequest request =
        HttpRequest.newBuilder(conversion.resolve("/api/v1/models/" + model + "/parity"))
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .header("Authorization", "Bearer " + signer.token(SERVICE, caller))
            .build();
    try {
      HttpResponse<byte[]> response =
          http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST));
      return switch (response.statusCode()) {
        case 200 -> new Answer.Report(ParityView.of(json.readTree(response.body())));
        case 404 -> new Answer.None("This model has no parity report.");
        default -> none("it answered " + response.statusCode());
      };
    } catch (IOException e) {
      return none(e.getMessage() == null ? "it cannot be reached" : e.getMessage());
    } catch (JacksonException e) {
      return none("its answer is no JSON: " + e.getOriginalMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return none("the gateway stops");
    }
  }

  private static Answer none(String reason) {
    return new Answer.None("The conversion service did not give the report: %s.".formatted(reason));
  }
}
