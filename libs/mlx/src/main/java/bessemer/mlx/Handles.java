package bessemer.mlx;

import bessemer.mlx.c.ArrayH;
import bessemer.mlx.c.StreamH;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// What a session has of MLX, freed once: when it closes, or by a Cleaner after it was forgotten.
final class Handles implements Runnable {
  private final long stream;
  private final Set<Long> kept = new HashSet<>();
  private long[] made = new long[16];
  private int count;

  Handles(long stream) {
    this.stream = stream;
  }

  long made(long array) {
    if (count == made.length) {
      made = Arrays.copyOf(made, 2 * count);
    }
    made[count++] = array;
    return array;
  }

  int mark() {
    return count;
  }

  void sweep(int mark) {
    while (count > mark) {
      Mlxc.check(ArrayH.arrayFree(made[--count]));
    }
  }

  long keep(long array) {
    for (int i = count - 1; i >= 0; i--) {
      if (made[i] == array) {
        made[i] = made[--count];
        kept.add(array);
        return array;
      }
    }
    throw new IllegalStateException("not an intermediate array");
  }

  void free(long array) {
    if (!kept.remove(array)) {
      throw new IllegalStateException("an array that is freed already, or was never kept");
    }
    Mlxc.check(ArrayH.arrayFree(array));
  }

  int kept() {
    return kept.size();
  }

  @Override
  public void run() {
    sweep(0);
    kept.forEach(array -> Mlxc.check(ArrayH.arrayFree(array)));
    kept.clear();
    Mlxc.check(StreamH.streamFree(stream));
  }
}
