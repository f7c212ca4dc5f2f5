package bessemer.evaluation.job;

import bessemer.contracts.ModelView;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Catalogue.Placed;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.evaluate.TranslatingModel.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// The models of the catalogue that a spec names.
final class Contestants {
  private final Catalogue catalogue;
  private final EvaluationSettings settings;

  Contestants(Catalogue catalogue, EvaluationSettings settings) {
    this.catalogue = catalogue;
    this.settings = settings;
  }

  /// A model as it is now: another one may take its name later.
  record Contestant(Place place, UUID version, String precision) {}

  /// @throws BadRequestException if there is no model of a name
  List<Contestant> find(List<String> names) {
    List<Contestant> found = new ArrayList<>();
    for (String name : names) {
      Placed model =
          catalogue
              .placed(name)
              .orElseThrow(() ->
                  new BadRequestException(
                      "there is no model '%s' in the catalogue".formatted(name)));
      Path folder = settings.catalogue().resolve(model.directory());
      found.add(
          new Contestant(
              new Place(name, folder, settings.cache()),
              model.view().version(),
              model.view().precision()));
    }
    return found;
  }

  /// Of the largest; 0 where there is none.
  long bytes(List<String> names) {
    return names.stream()
        .flatMap(name -> catalogue.find(name).stream())
        .mapToLong(ModelView::bytes)
        .max()
        .orElse(0);
  }
}
