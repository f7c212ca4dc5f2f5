package bessemer.checkpoint;

import bessemer.checkpoint.Pickled.Callable;
import bessemer.checkpoint.Pickled.Dict;
import bessemer.checkpoint.Pickled.Mark;
import bessemer.checkpoint.Pickled.None;
import bessemer.checkpoint.Pickled.Real;
import bessemer.checkpoint.Pickled.Sequence;
import bessemer.checkpoint.Pickled.Text;
import bessemer.checkpoint.Pickled.Truth;
import bessemer.checkpoint.Pickled.Tuple;
import bessemer.checkpoint.Pickled.Whole;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs the part of the pickle machine that dictionaries of tensors need. A pickle is a program;
/// this machine has no instruction that could do more than build lists, dictionaries and tensors,
/// and calls nothing but what [PickledCalls] knows. Everything else is refused by name.
final class Unpickler {
  /// A tensor takes about 40 instructions.
  private static final int MAX_STEPS = 1 << 22;

  private static final int MAX_PROTOCOL = 5;

  private final PickleBytes in;
  private final PickledCalls calls;
  private final List<Pickled> stack = new ArrayList<>();
  private final Map<Integer, Pickled> memo = new HashMap<>();

  Unpickler(Path file, byte[] pickle) {
    this.in = new PickleBytes(file, pickle);
    this.calls = new PickledCalls(in);
  }

  Pickled read() {
    for (int step = 0; step < MAX_STEPS; step++) {
      int opcode = in.u8();
      if (opcode == '.') {
        return pop();
      }
      execute(opcode);
    }
    throw in.bad("more than " + MAX_STEPS + " instructions");
  }

  private void execute(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> in.skip(8); // FRAME and its length, which nobody needs
      case 'N' -> push(None.NONE);
      case 0x88, 0x89 -> push(new Truth(opcode == 0x88));
      case 'G' -> push(new Real(in.real()));
      case 'J' -> push(whole(in.i32()));
      case 'K' -> push(whole(in.u8()));
      case 'M' -> push(whole(in.u16()));
      case 0x8a -> push(new Whole(in.whole(in.u8())));
      case 'X' -> push(new Text(in.text(in.length32())));
      case 0x8c -> push(new Text(in.text(in.u8())));
      case 'c' -> push(calls.global(in.line(), in.line()));
      case 0x93 -> stackGlobal();
      case 'R' -> reduce();
      case 'Q' -> push(calls.storage(pop()));
      default -> executeContainer(opcode);
    }
  }

  private void executeContainer(int opcode) {
    switch (opcode) {
      case '(' -> push(Mark.MARK);
      case '}' -> push(new Dict(new LinkedHashMap<>()));
      case ']' -> push(new Sequence(new ArrayList<>()));
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popToMark()));
      case 0x85 -> push(new Tuple(pop(1)));
      case 0x86 -> push(new Tuple(pop(2)));
      case 0x87 -> push(new Tuple(pop(3)));
      case 's' -> setItems(pop(2));
      case 'u' -> setItems(popToMark());
      case 'a' -> append(pop(1));
      case 'e' -> append(popToMark());
      case 'b' -> pop(); // BUILD sets attributes, such as the versions of modules: ignored
      case 'q' -> memo.put(in.u8(), top());
      case 'r' -> memo.put(in.i32(), top());
      case 0x94 -> memo.put(memo.size(), top());
      case 'h' -> push(recall(in.u8()));
      case 'j' -> push(recall(in.i32()));
      default ->
          throw in.bad(
              "instruction 0x%02x is not one that dictionaries of tensors need".formatted(opcode));
    }
  }

  private void protocol(int version) {
    if (version < 2 || version > MAX_PROTOCOL) {
      throw in.bad("pickle protocol " + version + ", known are 2 to " + MAX_PROTOCOL);
    }
  }

  private void stackGlobal() {
    List<Pickled> names = pop(2);
    if (names.get(0) instanceof Text(String module) && names.get(1) instanceof Text(String name)) {
      push(calls.global(module, name));
    } else {
      throw in.bad("a global is named by " + names.get(0).kind() + " and " + names.get(1).kind());
    }
  }

  private void reduce() {
    List<Pickled> operands = pop(2);
    if (operands.get(0) instanceof Callable callable
        && operands.get(1) instanceof Tuple(List<Pickled> arguments)) {
      push(calls.call(callable, arguments));
    } else {
      throw in.bad("calls %s with %s".formatted(operands.get(0).kind(), operands.get(1).kind()));
    }
  }

  private void setItems(List<Pickled> keysAndValues) {
    if (!(top() instanceof Dict(var items)) || keysAndValues.size() % 2 != 0) {
      throw in.bad("sets %d keys and values of %s".formatted(keysAndValues.size(), top().kind()));
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      if (keysAndValues.get(i) instanceof Text(String key)) {
        items.put(key, keysAndValues.get(i + 1));
      }
    }
  }

  private void append(List<Pickled> values) {
    if (!(top() instanceof Sequence(var items))) {
      throw in.bad("appends to " + top().kind());
    }
    items.addAll(values);
  }

  private Pickled recall(int slot) {
    Pickled value = memo.get(slot);
    if (value == null) {
      throw in.bad("memo " + slot + " is empty");
    }
    return value;
  }

  private static Whole whole(int value) {
    return new Whole(BigInteger.valueOf(value));
  }

  private void push(Pickled value) {
    stack.add(value);
  }

  private Pickled top() {
    if (stack.isEmpty() || stack.getLast() instanceof Mark) {
      throw in.bad("the stack is empty");
    }
    return stack.getLast();
  }

  private Pickled pop() {
    Pickled value = top();
    stack.removeLast();
    return value;
  }

  private List<Pickled> pop(int count) {
    List<Pickled> popped = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      popped.addFirst(pop());
    }
    return popped;
  }

  private List<Pickled> popToMark() {
    int mark = stack.lastIndexOf(Mark.MARK);
    if (mark < 0) {
      throw in.bad("no mark is on the stack");
    }
    List<Pickled> above = stack.subList(mark + 1, stack.size());
    List<Pickled> popped = new ArrayList<>(above);
    stack.subList(mark, stack.size()).clear();
    return popped;
  }
}
