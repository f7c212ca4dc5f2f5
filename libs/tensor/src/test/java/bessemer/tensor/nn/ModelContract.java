package bessemer.tensor.nn;

import static bessemer.tensor.Numbers.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Gradients;
import bessemer.tensor.Keep;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Spec;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The uses of a model, on every backend: load, decode with a cache, train, adapt, trace.
public interface ModelContract {
  int[] TOKENS = {3, 7, 1, 19, 4, 4, 11, 2, 9, 22, 5, 0};

  /// A new engine of the calling thread.
  Engine engine();

  private static TinyDecoder fresh(Engine engine, List<Parameter> parameters) {
    var source = new Source.Fresh(engine, new Random(7));
    TinyDecoder model = source.build(TinyDecoder::new);
    parameters.addAll(source.trainable());
    return model;
  }

  private static float[] logits(Engine engine, TinyDecoder model, int... tokens) {
    try (Scope _ = engine.scope()) {
      return model.forward(Pass.of(engine.of(tokens, 1, tokens.length))).toFloats();
    }
  }

  private static float[] part(float[] values, int from, int count) {
    return Arrays.copyOfRange(values, from, from + count);
  }

  private static Map<String, Tensor> checkpoint(Engine engine, Arena arena) {
    List<Parameter> parameters = new ArrayList<>();
    fresh(engine, parameters);
    Map<String, Tensor> tensors = new TreeMap<>();
    for (Parameter parameter : parameters) {
      float[] values = parameter.value().toFloats();
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      tensors.put(parameter.path(), engine.constant(data, new Spec(DType.F32, parameter.shape())));
    }
    return tensors;
  }

  @Test
  default void aLoadedModelEqualsItsOrigin() {
    try (Arena arena = Arena.ofShared();
        Engine engine = engine()) {
      float[] expected = logits(engine, fresh(engine, new ArrayList<>()), TOKENS);
      TinyDecoder loaded =
          new Source.Checkpoint(engine, checkpoint(engine, arena)).build(TinyDecoder::new);
      assertThat(logits(engine, loaded, TOKENS)).isEqualTo(expected);
    }
  }

  @Test
  default void cachedDecodeEqualsTheFullForward() {
    try (Engine engine = engine();
        KvCache cache = new KvCache(engine, 4)) {
      TinyDecoder model = fresh(engine, new ArrayList<>());
      float[] expected = logits(engine, model, TOKENS);
      int sequence = cache.start();
      int from = 0;
      for (int to : new int[] {5, 6, 7, 8, 11, 12}) {
        try (Scope _ = engine.scope()) {
          int[] some = Arrays.copyOfRange(TOKENS, from, to);
          Pass pass = cache.pass(engine.of(some, 1, some.length), sequence);
          float[] got = model.forward(pass).toFloats();
          assertClose("from " + from, got, part(expected, from * 23, got.length), 1e-5);
          from = to;
        }
      }
    }
  }

  @Test
  default void rowsOfDifferentLengthEqualThemselvesAlone() {
    try (Engine engine = engine();
        KvCache cache = new KvCache(engine, 4)) {
      TinyDecoder model = fresh(engine, new ArrayList<>());
      int[] rows = {cache.start(), cache.start()};
      try (Scope _ = engine.scope()) { // prompts of 5 and 3 tokens, the second padded
        Tensor prompts = engine.of(new int[] {3, 7, 1, 19, 4, 9, 22, 5, 0, 0}, 2, 5);
        model.forward(cache.pass(prompts, rows, new int[] {5, 3}));
      }
      for (int step = 0; step < 2; step++) {
        try (Scope _ = engine.scope()) {
          int[] next = step == 0 ? new int[] {4, 11} : new int[] {8, 6};
          float[] got = model.forward(cache.pass(engine.of(next, 2, 1), rows)).toFloats();
          float[] first = logits(engine, model, 3, 7, 1, 19, 4, 4, 8);
          float[] second = logits(engine, model, 9, 22, 5, 11, 6);
          assertClose("row 0", part(got, 0, 23), part(first, (5 + step) * 23, 23), 1e-5);
          assertClose("row 1", part(got, 23, 23), part(second, (3 + step) * 23, 23), 1e-5);
        }
      }
    }
  }

  @Test
  default void aForkSharesWhatWasSeenAndThenGoesItsOwnWay() {
    try (Engine engine = engine();
        KvCache cache = new KvCache(engine, 4)) {
      TinyDecoder model = fresh(engine, new ArrayList<>());
      int first = cache.start();
      decode(engine, model, cache, first, 3, 7, 1);
      int second = cache.fork(first);
      decode(engine, model, cache, first, 19);
      float[] forked = decode(engine, model, cache, second, 4, 5);
      assertClose("fork", forked, part(logits(engine, model, 3, 7, 1, 4, 5), 3 * 23, 46), 1e-5);
      float[] kept = decode(engine, model, cache, first, 2);
      assertClose("origin", kept, part(logits(engine, model, 3, 7, 1, 19, 2), 4 * 23, 23), 1e-5);
      cache.reorder(new int[] {first, second}, new int[] {second, first});
      float[] swapped = decode(engine, model, cache, first, 9);
      float[] whole = logits(engine, model, 3, 7, 1, 4, 5, 9);
      assertClose("swapped", swapped, part(whole, 5 * 23, 23), 1e-5);
      cache.trim(first, 3);
      float[] again = decode(engine, model, cache, first, 19);
      assertClose("trimmed", again, part(logits(engine, model, 3, 7, 1, 19), 3 * 23, 23), 1e-5);
      cache.drop(second);
      assertThatThrownBy(() -> cache.length(second)).hasMessageContaining("no sequence");
    }
  }

  private static float[] decode(
      Engine engine, TinyDecoder model, KvCache cache, int sequence, int... tokens) {
    try (Scope _ = engine.scope()) {
      Pass pass = cache.pass(engine.of(tokens, 1, tokens.length), sequence);
      return model.forward(pass).toFloats();
    }
  }

  @Test
  default void trainingLowersTheLoss() {
    try (Engine engine = engine()) {
      List<Parameter> parameters = new ArrayList<>();
      TinyDecoder model = fresh(engine, parameters);
      float[] losses = train(engine, model, parameters, 20);
      assertThat(losses[19]).isLessThan(losses[0] / 4);
    }
  }

  @Test
  default void adaptersTrainWhileTheBaseStays() {
    try (Arena arena = Arena.ofShared();
        Engine engine = engine()) {
      var base = new Source.Checkpoint(engine, checkpoint(engine, arena));
      var adapters = new Source.Fresh(engine, new Random(3));
      var source =
          new Source.Adapted(
              base, adapters, new LowRankUpdate(4, 2), path -> path.endsWith("_proj"));
      TinyDecoder model = source.build(TinyDecoder::new);
      assertThat(source.trainable()).hasSize(2 * 10);
      float[] untouched = logits(engine, fresh(engine, new ArrayList<>()), TOKENS);
      assertClose("untrained", logits(engine, model, TOKENS), untouched, 1e-6);
      Parameter frozen = base.trainable().getFirst();
      float[] before = frozen.value().toFloats();
      float[] losses = train(engine, model, source.trainable(), 20);
      assertThat(losses[19]).isLessThan(losses[0] / 2);
      assertThat(frozen.value().toFloats()).isEqualTo(before);
    }
  }

  @Test
  default void sectionsThatAreComputedAgainGiveTheSameGradients() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      List<Parameter> parameters = new ArrayList<>();
      TinyDecoder model = fresh(engine, parameters);
      Tensor tokens = engine.of(Arrays.copyOf(TOKENS, 11), 1, 11);
      Tensor next = engine.of(Arrays.copyOfRange(TOKENS, 1, 12), 1, 11);
      List<List<Tensor>> all = new ArrayList<>();
      for (Keep keep : Keep.values()) {
        all.add(
            Gradients.through(
                engine,
                keep,
                parameters,
                () -> model.forward(Pass.of(tokens)).crossEntropy(next).mean(),
                loss -> loss.engine().fill(1)));
      }
      for (int i = 0; i < all.get(0).size(); i++) {
        float[] expected = all.get(0).get(i).toFloats();
        assertThat(all.get(1).get(i).toFloats()).as(parameters.get(i).path()).isEqualTo(expected);
      }
    }
  }

  /// Plain gradient descent.
  private static float[] train(
      Engine engine, TinyDecoder model, List<Parameter> parameters, int steps) {
    float[] losses = new float[steps];
    for (int step = 0; step < steps; step++) {
      try (Scope _ = engine.scope()) {
        Tensor tokens = engine.of(Arrays.copyOf(TOKENS, 11), 1, 11);
        Tensor next = engine.of(Arrays.copyOfRange(TOKENS, 1, 12), 1, 11);
        var gradients =
            Gradients.of(
                engine, parameters, () -> model.forward(Pass.of(tokens)).crossEntropy(next).mean());
        for (int i = 0; i < parameters.size(); i++) {
          Parameter parameter = parameters.get(i);
          parameter.set(parameter.value().plus(gradients.values().get(i).times(-0.05f)));
        }
        losses[step] = gradients.loss().item();
      }
    }
    return losses;
  }

  @Test
  default void strictLoadingNamesEveryProblem() {
    try (Arena arena = Arena.ofShared();
        Engine engine = engine()) {
      Map<String, Tensor> tensors = checkpoint(engine, arena);
      tensors.remove("layers.0.norm.weight");
      tensors.put("layers.1.up_proj.weight", tensors.get("head.weight"));
      tensors.put("layers.7.extra", tensors.get("head.weight"));
      assertThatThrownBy(() -> new Source.Checkpoint(engine, tensors).build(TinyDecoder::new))
          .hasMessage(
              """
              the checkpoint does not fit the model:
                layers.0.norm.weight: expected [32], is missing
                layers.1.up_proj.weight: expected [32, 32], checkpoint has [23, 32]
                layers.7.extra: is not used by the model\
              """);
    }
  }

  @Test
  default void biasesMayBeStoredInAnotherTypeThanWhatTheyAreAddedTo() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      Tensor x = engine.of(new float[] {1, 2}, 1, 2);
      var weight = new Parameter("weight", engine.of(new float[] {1, 1, 2, 2}, 2, 2));
      Tensor bias = engine.of(new float[] {.5f, -.25f}, 2);
      for (DType[] types : new DType[][] {{DType.F32, DType.BF16}, {DType.BF16, DType.F32}}) {
        var parameter = new Parameter("bias", bias.cast(types[1]));
        Tensor sum = new Linear.Dense("l", weight, List.of(parameter)).forward(x.cast(types[0]));
        assertThat(sum.dtype()).isEqualTo(types[0]);
        assertThat(sum.toFloats()).containsExactly(3.5f, 5.75f);
      }
    }
  }

  @Test
  default void aRecordingHoldsEveryLayer() {
    try (Engine engine = engine();
        Scope scope = engine.scope()) {
      TinyDecoder model = fresh(engine, new ArrayList<>());
      var recording = new Trace.Recording(scope);
      Tensor logits;
      try (Trace _ = engine.trace(recording)) {
        logits = model.forward(Pass.of(engine.of(TOKENS, 1, 12)));
      }
      assertThat(recording.outputs()).hasSize(2 * 7 + 2).containsKey("layers.1.q_proj");
      assertThat(recording.outputs().get("head").toFloats()).isEqualTo(logits.toFloats());
      recording.outputs().values().forEach(Tensor::toFloats); // none has died with its section
    }
  }

  @Test
  default void anIsolatedTraceHandsOnWhatTheObserverGives() {
    try (Engine engine = engine();
        Scope _ = engine.scope()) {
      TinyDecoder model = fresh(engine, new ArrayList<>());
      Trace.Observer zeroing =
          (path, value) -> path.equals("layers.1") ? engine.fill(0, value.shape().dims()) : value;
      try (Trace _ = engine.trace(zeroing)) {
        float[] logits = model.forward(Pass.of(engine.of(TOKENS, 1, 12))).toFloats();
        assertThat(logits).containsOnly(0);
      }
      assertThatThrownBy(
              () -> {
                try (Trace _ = engine.trace((_, _) -> engine.fill(0, 1))) {
                  model.forward(Pass.of(engine.of(TOKENS, 1, 12)));
                }
              })
          .hasMessageContaining("embed: the trace gave f32[1] for f32[1, 12, 32]");
    }
  }
}
