package bessemer.foundry.convert;

import bessemer.foundry.Progress;
import java.util.ArrayList;
import java.util.List;

/// Remembers what it is told.
class Watch implements Progress {
  final List<String> notes = new ArrayList<>();
  long total;
  long advanced;

  @Override
  public void step(String name) {}

  @Override
  public void total(long bytes) {
    total = bytes;
  }

  @Override
  public void advance(long bytes) {
    advanced += bytes;
  }

  @Override
  public void note(String line) {
    notes.add(line);
  }
}
