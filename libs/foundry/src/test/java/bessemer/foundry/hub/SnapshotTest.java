package bessemer.foundry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @Test
  void takesTheShardsOfTheIndexAndNoSecondCopyOfTheWeights() {
    assertThat(
            chosen(
                INDEX,
                ONE,
                TWO,
                "model.safetensors",
                "consolidated.safetensors",
                "pytorch_model.bin",
                "original/" + ONE,
                "model.gguf"))
        .containsExactly(INDEX, ONE, TWO);
  }

  @Test
  void takesAllSafetensorsWhenTheShardsHaveOtherNames() {
    assertThat(chosen(INDEX, "part1.safetensors", "part2.safetensors", "x.bin"))
        .containsExactly(INDEX, "part1.safetensors", "part2.safetensors");
  }

  @Test
  void takesTheOneFileWithoutAnIndex() {
    assertThat(chosen("consolidated.safetensors", ONE, "model.safetensors", "pytorch_model.bin"))
        .containsExactly("model.safetensors");
  }

  @Test
  void takesAnotherNameOnlyIfThereIsNoChoice() {
    assertThat(chosen("consolidated.safetensors", "training_args.bin"))
        .containsExactly("consolidated.safetensors");
    assertThat(chosen("a.safetensors", "b.safetensors")).isEmpty();
    assertThat(chosen("model.pt", "x/y.pt")).containsExactly("model.pt");
  }

  @Test
  void takesPyTorchArchivesWhereTheReaderFindsNoSafetensors() {
    assertThat(chosen("pytorch_model.bin", "training_args.bin", "adapter_model.safetensors"))
        .containsExactly("pytorch_model.bin");
    assertThat(
            chosen(
                "pytorch_model.bin.index.json",
                "pytorch_model-00001-of-00001.bin",
                "training_args.bin",
                "optimizer.pt"))
        .containsExactly("pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin");
  }

  @Test
  void takesConfigurationTokenizerAndLicenceButNoCode() {
    String[] read = {
      "config.json", "generation_config.json", "tokenizer.json", "tokenizer.model",
      "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
      "merges.txt", "chat_template.jinja", "chat_template.json", "qwen.tiktoken",
      "sentencepiece.bpe.model", "LICENSE", "LICENSE.txt", "NOTICE"
    };
    assertThat(chosen(read)).containsExactly(read);
    assertThat(
            chosen(
                "README.md",
                "tokenizer.py",
                "modeling_x.py",
                "LICENSE.py",
                "x/tokenizer.json",
                "onnx/config.json",
                "figure.png"))
        .isEmpty();
  }

  private static List<String> chosen(String... paths) {
    var digest = new HubFile.GitBlob(FakeHub.COMMIT);
    List<HubFile> files = Stream.of(paths).map(path -> new HubFile(path, 1, digest)).toList();
    return new Snapshot(Scene.SOURCE, FakeHub.COMMIT, files)
        .forConversion().files().stream().map(HubFile::path).toList();
  }
}
