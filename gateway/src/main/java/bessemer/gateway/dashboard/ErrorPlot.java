package bessemer.gateway.dashboard;

import bessemer.gateway.dashboard.Plot.Axis;
import bessemer.gateway.dashboard.Plot.Dot;
import bessemer.gateway.dashboard.Plot.Line;
import bessemer.gateway.dashboard.Plot.Series;
import bessemer.gateway.dashboard.Plot.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The error of every component in the order in which the model runs, on a logarithmic scale: a
/// wrong component stands out of the isolated points, the accumulated ones show what it does
/// further on.
final class ErrorPlot {
  private static final Pattern LAYER = Pattern.compile(".*layers\\.(\\d{1,6})(\\..*)?");
  private static final int LOWEST = -9; // smaller errors are drawn here
  private static final int MOST_TICKS = 16;

  private final List<ComponentRow> components;
  private final Axis x;
  private final Axis y;
  private final int highest;

  private ErrorPlot(List<ComponentRow> components) {
    this.components = components;
    this.highest = highest(components);
    this.x = new Axis(0, Math.max(1, components.size() - 1), Plot.LEFT + 8, Plot.RIGHT - 4);
    this.y = new Axis(LOWEST, highest, Plot.BOTTOM - 4, Plot.TOP);
  }

  /// @param name of the case
  static Plot of(String name, List<ComponentRow> components) {
    return new ErrorPlot(components).draw(name);
  }

  private Plot draw(String name) {
    List<Tick> rows = new ArrayList<>();
    for (int power = LOWEST; power <= highest; power += 2) {
      rows.add(new Tick(y.at(power), (power == LOWEST ? "≤ 1e" : "1e") + power));
    }
    return new Plot(
        "Scaled error of %d components of case %s, isolated and accumulated, on a logarithmic scale"
            .formatted(components.size(), name),
        rows,
        layers(),
        List.of(
            new Series("accumulated", "b", "", dots(false)),
            new Series("isolated", "a", "", dots(true))),
        gates());
  }

  private List<Dot> dots(boolean isIsolated) {
    List<Dot> dots = new ArrayList<>();
    for (int i = 0; i < components.size(); i++) {
      ComponentRow component = components.get(i);
      Measurement measured = isIsolated ? component.isolated() : component.accumulated();
      if (measured.isThere()) {
        dots.add(
            new Dot(
                x.at(i),
                height(measured.scaled()),
                measured.outcome().equals("FAILED") ? "bad" : isIsolated ? "a" : "b",
                "%s, %s: max %s, scaled %s, %s"
                    .formatted(
                        component.path(),
                        isIsolated ? "isolated" : "accumulated",
                        measured.maxText(),
                        Show.number(measured.scaled()),
                        component.ofGateText())));
      }
    }
    return dots;
  }

  /// A tick where each layer begins.
  private List<Tick> layers() {
    List<Tick> starts = new ArrayList<>();
    String last = "";
    for (int i = 0; i < components.size(); i++) {
      Matcher matcher = LAYER.matcher(components.get(i).path());
      if (matcher.matches() && !matcher.group(1).equals(last)) {
        last = matcher.group(1);
        starts.add(new Tick(x.at(i), starts.isEmpty() ? "layer " + last : last));
      }
    }
    int every = Math.ceilDiv(Math.max(1, starts.size()), MOST_TICKS);
    List<Tick> kept = new ArrayList<>();
    for (int i = 0; i < starts.size(); i += every) {
      kept.add(starts.get(i));
    }
    return kept;
  }

  private List<Line> gates() {
    List<Line> gates = new ArrayList<>();
    double half = (x.at(1) - x.at(0)) / 2;
    for (int i = 0; i < components.size(); i++) {
      ComponentRow component = components.get(i);
      double gate = component.isolated().gate();
      gate = Double.isNaN(gate) ? component.accumulated().gate() : gate;
      if (!Double.isNaN(gate)) {
        gates.add(new Line(x.at(i) - half, x.at(i) + half, height(gate)));
      }
    }
    return gates;
  }

  private double height(double error) {
    return y.at(Double.isNaN(error) ? highest : error <= 0 ? LOWEST : Math.log10(error));
  }

  private static int highest(List<ComponentRow> components) {
    double most =
        components.stream()
            .flatMap(c -> java.util.stream.Stream.of(c.isolated(), c.accumulated()))
            .mapToDouble(Measurement::scaled)
            .filter(Double::isFinite)
            .max()
            .orElse(0);
    int power = most <= 0 ? -1 : (int) Math.ceil(Math.log10(most));
    return Math.max(-1, power % 2 == 0 ? power + 1 : power);
  }
}
