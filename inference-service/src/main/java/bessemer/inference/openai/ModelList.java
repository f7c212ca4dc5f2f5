package bessemer.inference.openai;

import bessemer.inference.serving.Serving;
import bessemer.inference.store.StoredModel;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// The models that may be asked for. Asks the catalogue, so Spring runs it on a thread that may
/// block.
@RestController
final class ModelList {
  private final Serving serving;

  ModelList(Serving serving) {
    this.serving = serving;
  }

  @GetMapping("/v1/models")
  Shapes.Models all() {
    return new Shapes.Models("list", serving.models().stream().map(ModelList::shape).toList());
  }

  @GetMapping("/v1/models/{name}")
  Shapes.Model one(@PathVariable String name) {
    return shape(serving.model(name));
  }

  private static Shapes.Model shape(StoredModel model) {
    return new Shapes.Model(model.name(), "model", model.createdAt().getEpochSecond(), "bessemer");
  }
}
