package bessemer.cli;

import bessemer.checkpoint.text.UnknownLanguageException;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.TextTranslator;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/// A translator in this process and the engine it runs on.
record LocalTranslator(Engine engine, TextTranslator translator) implements Translating {

  /// @param engine closed with the translator, or if it cannot be opened
  /// @param kept the elements of keys and values
  static LocalTranslator open(Engine engine, Path directory, Home home, KvType kept)
      throws IOException {
    try {
      return new LocalTranslator(
          engine, TextTranslator.open(engine, directory, home.cache(), kept));
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  @Override
  public Result translate(Order order, IntConsumer done) throws IOException {
    try {
      SearchOptions options = order.search().over(translator.defaults());
      var languages = translator.languages();
      var from = languages.find(order.from());
      var to = languages.find(order.to());
      var how = new TextTranslator.Order(from, to, options, order.search().batch());
      List<String> translations = translator.translate(order.texts(), how, done);
      return new Result(from.code(), to.code(), translations);
    } catch (UnknownLanguageException | IllegalArgumentException e) {
      throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    engine.close();
    translator.close();
  }
}
