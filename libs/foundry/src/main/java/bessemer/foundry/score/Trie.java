package bessemer.foundry.score;

import java.util.Arrays;

/// Numbers sequences of ints exactly, without an object for any: a node stands for a sequence, its
/// child along a unit for the sequence with that unit behind it. Emptied in no time, so that one
/// serves all lines of a thread.
final class Trie {
  static final int ROOT = 0;
  static final int NONE = -1;
  private static final int NEVER = 1 << 30;

  /// Parent and unit of each entry.
  private long[] keys = new long[1 << 12];

  /// Nodes of entries, counted since the last wipe: those up to `floor` are of earlier lines and
  /// count as free.
  private int[] nodes = new int[1 << 12];

  private int shift = Long.SIZE - 12;
  private int floor;
  private int size;

  void clear() {
    floor += size;
    size = 0;
    if (floor > NEVER) {
      Arrays.fill(nodes, 0);
      floor = 0;
    }
  }

  /// Nodes, the root not counted: their numbers go from 1 to this.
  int size() {
    return size;
  }

  /// The child along a unit, made if there is none.
  int add(int node, int unit) {
    long key = key(node, unit);
    int slot = slot(key);
    if (nodes[slot] > floor) {
      return nodes[slot] - floor;
    }
    if (2 * size >= nodes.length) {
      grow();
      slot = slot(key);
    }
    size++;
    keys[slot] = key;
    nodes[slot] = floor + size;
    return size;
  }

  /// The child along a unit, or NONE.
  int find(int node, int unit) {
    int slot = slot(key(node, unit));
    return nodes[slot] > floor ? nodes[slot] - floor : NONE;
  }

  private static long key(int node, int unit) {
    return (long) node << 32 | unit;
  }

  private int slot(long key) {
    int mask = nodes.length - 1;
    int slot = (int) (key * 0x9e3779b97f4a7c15L >>> shift);
    while (nodes[slot] > floor && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldNodes = nodes;
    keys = new long[2 * oldKeys.length];
    nodes = new int[2 * oldNodes.length];
    shift--;
    for (int i = 0; i < oldNodes.length; i++) {
      if (oldNodes[i] > floor) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        nodes[slot] = oldNodes[i];
      }
    }
  }
}
