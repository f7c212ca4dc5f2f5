package bessemer.gateway.dashboard;

import bessemer.contracts.ModelView;
import bessemer.db.catalogue.Catalogue;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/// A text, and its translation while it is made.
@Controller
final class TranslatePage {
  private final Catalogue catalogue;

  TranslatePage(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /// A translator to choose.
  record Choice(String name, String precision, String state) {
    static Choice of(ModelView model) {
      return new Choice(model.name(), model.precision(), model.state());
    }
  }

  /// @param model that is chosen at first
  @GetMapping("/translate")
  String page(@RequestParam(defaultValue = "") String model, Model page) {
    List<Choice> translators =
        catalogue.list().stream().filter(ModelView::translates).map(Choice::of).toList();
    page.addAttribute("translators", translators);
    page.addAttribute("chosen", model);
    return "translate";
  }
}
