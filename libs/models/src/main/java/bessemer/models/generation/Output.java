package bessemer.models.generation;

import java.util.List;

/// The text of one generation on its way to the listener.
final class Output {
  private final StopStrings stops;
  private final Pieces pieces;
  private final TokenListener listener;
  private final StringBuilder text = new StringBuilder();

  Output(List<String> stops, Pieces pieces, TokenListener listener) {
    this.stops = new StopStrings(stops);
    this.pieces = pieces;
    this.listener = listener;
  }

  /// Whether the token completes a stop string.
  boolean add(int token) {
    listener.token(token);
    emit(stops.add(pieces.add(token)));
    return stops.found();
  }

  void finish() {
    emit(stops.add(pieces.finish()));
    emit(stops.finish());
  }

  boolean cancelled() {
    return listener.cancelled();
  }

  String text() {
    return text.toString();
  }

  private void emit(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.text(piece);
    }
  }
}
