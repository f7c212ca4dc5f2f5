package bessemer.inference.store;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.ModelView;
import bessemer.contracts.Names;
import bessemer.contracts.Page;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.ResponseEntity;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;

/// The catalogue behind the gateway. An answer is used for two seconds.
public final class Catalogue {
  /// Where a model lies below the catalogue's root; workers are told.
  static final String DIRECTORY = "X-Bessemer-Directory";

  private static final long FRESH = Duration.ofSeconds(2).toNanos();
  private static final int PAGE = 200;
  private static final ParameterizedTypeReference<Page<ModelView>> MODELS =
      new ParameterizedTypeReference<>() {};

  private record Answer(StoredModel model, long at) {}

  private final Gateway gateway;
  private final LongSupplier nanos;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  /// @param nanos the clock
  public Catalogue(Gateway gateway, LongSupplier nanos) {
    this.gateway = gateway;
    this.nanos = nanos;
  }

  public List<StoredModel> list() {
    return asked(this::pages);
  }

  private List<StoredModel> pages() {
    List<StoredModel> models = new ArrayList<>();
    String cursor = null;
    do {
      Page<ModelView> page = page(cursor);
      page.items().forEach(view -> models.add(StoredModel.of(view, null)));
      cursor = page.cursor();
    } while (cursor != null);
    return models;
  }

  private Page<ModelView> page(@Nullable String cursor) {
    Page<ModelView> page =
        gateway
            .client()
            .get()
            .uri(uri ->
                uri.path("/api/v1/models")
                    .queryParam("limit", PAGE)
                    .queryParamIfPresent("cursor", Optional.ofNullable(cursor))
                    .build())
            .retrieve()
            .body(MODELS);
    if (page == null) {
      throw new RestClientException("the answer is empty");
    }
    return page;
  }

  public Optional<StoredModel> find(String name) {
    Answer known = answers.get(name);
    long now = nanos.getAsLong();
    if (known != null && now - known.at < FRESH) {
      return Optional.of(known.model);
    }
    Optional<StoredModel> found = asked(() -> ask(name));
    answers.values().removeIf(answer -> now - answer.at >= FRESH);
    found.ifPresent(model -> answers.put(name, new Answer(model, now)));
    return found;
  }

  private Optional<StoredModel> ask(String name) {
    if (!possible(name)) {
      return Optional.empty();
    }
    try {
      ResponseEntity<ModelView> answer =
          gateway
              .client()
              .get()
              .uri("/api/v1/models/{name}", name)
              .retrieve()
              .toEntity(ModelView.class);
      ModelView view = answer.getBody();
      if (view == null) {
        throw new RestClientException("the answer is empty");
      }
      return Optional.of(StoredModel.of(view, answer.getHeaders().getFirst(DIRECTORY)));
    } catch (HttpClientErrorException.NotFound e) {
      return Optional.empty();
    }
  }

  private static boolean possible(String name) {
    try {
      Names.model("model", name);
      return true;
    } catch (InvalidFieldException e) {
      return false;
    }
  }

  private <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (RestClientResponseException e) {
      throw new CatalogueException(
          "the gateway at %s answered %d for its catalogue"
              .formatted(gateway.address(), e.getStatusCode().value()),
          e);
    } catch (RestClientException | UncheckedIOException e) {
      throw new CatalogueException(
          "the gateway at %s cannot be asked for its catalogue: %s"
              .formatted(gateway.address(), Gateway.reason(e)),
          e);
    }
  }
}
