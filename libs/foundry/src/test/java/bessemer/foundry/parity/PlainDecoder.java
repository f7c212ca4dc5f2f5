package bessemer.foundry.parity;

import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Tensor;
import bessemer.tensor.Trace;
import bessemer.tensor.nn.Embedding;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.RmsNorm;
import bessemer.tensor.nn.Rope;
import bessemer.tensor.nn.Want;
import java.util.List;

/// A Llama without any option but grouped heads and biases, so that the verifier is tested on a
/// model that it can see through: paths and numbers are those of transformers.
final class PlainDecoder {
  private record Sizes(
      int dim, int inner, int heads, int keyHeads, int head, boolean bias, boolean mlpBias, float eps) {
    Sizes(ConfigJson c) {
      this(
          c.integer("hidden_size"),
          c.integer("intermediate_size"),
          c.integer("num_attention_heads"),
          c.integer("num_key_value_heads"),
          c.integer("head_dim"),
          c.bool("attention_bias"),
          c.bool("mlp_bias"),
          (float) c.number("rms_norm_eps"));
    }
  }

  private static final class Block {
    private final int index;
    private final String path;
    private final Sizes s;
    private final RmsNorm inputNorm;
    private final RmsNorm postNorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final Linear gate;
    private final Linear up;
    private final Linear down;
    private final Rope rope;

    Block(int index, Sizes s, Params params) {
      this.index = index;
      this.s = s;
      path = params.path();
      Params attention = params.at("self_attn");
      Params mlp = params.at("mlp");
      inputNorm = params.rmsNorm("input_layernorm", s.dim, s.eps);
      postNorm = params.rmsNorm("post_attention_layernorm", s.dim, s.eps);
      q = attention.linear("q_proj", s.dim, s.heads * s.head, s.bias);
      k = attention.linear("k_proj", s.dim, s.keyHeads * s.head, s.bias);
      v = attention.linear("v_proj", s.dim, s.keyHeads * s.head, s.bias);
      o = attention.linear("o_proj", s.heads * s.head, s.dim, s.bias);
      gate = mlp.linear("gate_proj", s.dim, s.inner, s.mlpBias);
      up = mlp.linear("up_proj", s.dim, s.inner, s.mlpBias);
      down = mlp.linear("down_proj", s.inner, s.dim, s.mlpBias);
      rope = attention.rope(new Rope.Spec(10_000), s.head);
    }

    Tensor forward(Tensor x, Pass pass) {
      Tensor h = x.plus(attention(inputNorm.forward(x), pass));
      Tensor n = postNorm.forward(h);
      Tensor mlp = down.forward(gate.forward(n).silu().times(up.forward(n))).named(path + ".mlp");
      return h.plus(mlp).named(path);
    }

    private Tensor attention(Tensor n, Pass pass) {
      String at = path + ".self_attn";
      float scale = (float) (1 / Math.sqrt(s.head));
      Tensor queries = rope.rotate(split(q.forward(n), s.heads), pass).named(at + ".q_rope");
      Tensor keys = rope.rotate(split(k.forward(n), s.keyHeads), pass).named(at + ".k_rope");
      Tensor values = split(v.forward(n), s.keyHeads);
      shown(at, queries, keys, pass, scale);
      Tensor mixed = pass.attend(index, queries, keys, values, scale, new Mask.Causal());
      Tensor context = mixed.transpose(0, 2, 1, 3).flatten(2, 3).named(at + ".context");
      return o.forward(context).named(at);
    }

    private void shown(String at, Tensor queries, Tensor keys, Pass pass, float scale) {
      Trace trace = queries.engine().activeTrace();
      if (trace != null && trace.wants(at + ".scores")) {
        Tensor[] repeated = new Tensor[s.heads];
        for (int h = 0; h < s.heads; h++) {
          int from = h / (s.heads / s.keyHeads);
          repeated[h] = keys.slice(1, from, from + 1);
        }
        long length = queries.dim(2);
        Tensor all = Tensor.concat(1, repeated).swapLast();
        Tensor scores = queries.matmul(all).times(scale).named(at + ".scores");
        Tensor bias = pass.offsets().maskBias(new Mask.Causal(), length, length);
        scores.plus(bias).softmax().named(at + ".probs");
      }
    }

    private Tensor split(Tensor x, int heads) {
      return x.reshape(x.dim(0), x.dim(1), heads, s.head).transpose(0, 2, 1, 3);
    }
  }

  private final Embedding embedding;
  private final List<Block> blocks;
  private final RmsNorm norm;
  private final Linear head;

  PlainDecoder(ConfigJson config, Params params) {
    var sizes = new Sizes(config);
    Params model = params.at("model");
    int vocabulary = config.integer("vocab_size");
    embedding = model.embedding("embed_tokens", vocabulary, sizes.dim());
    int[] index = {0};
    blocks =
        model.list(
            "layers",
            config.integer("num_hidden_layers"),
            layer -> new Block(index[0]++, sizes, layer));
    norm = model.rmsNorm("norm", sizes.dim(), sizes.eps());
    head =
        config.bool("tie_word_embeddings")
            ? embedding.asLinear()
            : params.linear("lm_head", sizes.dim(), vocabulary, false);
  }

  Tensor forward(Pass pass, Want want) {
    Tensor h = embedding.forward(pass.tokens()).cast(bessemer.tensor.DType.F32);
    for (Block block : blocks) {
      h = block.forward(h, pass);
    }
    Tensor n = norm.forward(h);
    return head.forward(want == Want.ALL ? n : pass.last(n));
  }

  static Engine engine() {
    return new Engine(new bessemer.tensor.cpu.Cpu(2));
  }
}
