package bessemer.foundry.score;

/// How BLEU splits a line into words; each name is the one in the signature.
public enum Tokenizer {
  /// mteval-v13a, the default: for languages that write as Western ones do.
  V13A("13a") {
    @Override
    String spaced(String line) {
      String text = line.replace("<skipped>", "").replace("-\n", "").replace('\n', ' ');
      if (text.indexOf('&') >= 0) {
        text =
            text.replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
      }
      return Punctuation.western(" " + text + " ");
    }
  },
  /// Every character is a word.
  CHAR("char") {
    @Override
    String spaced(String line) {
      var spaced = new StringBuilder(2 * line.length());
      line.codePoints().forEach(c -> spaced.appendCodePoint(c).append(' '));
      return spaced.toString();
    }
  },
  /// mteval-v14: Unicode's punctuation and symbols.
  INTL("intl") {
    @Override
    String spaced(String line) {
      return Punctuation.international(line);
    }
  },
  /// Every Chinese character is a word, the rest as 13a splits it.
  ZH("zh") {
    @Override
    String spaced(String line) {
      return Punctuation.western(Chinese.apart(PythonText.strip(line)));
    }
  },
  /// Words are what white space separates: for text that is tokenized already.
  NONE("none") {
    @Override
    String spaced(String line) {
      return line;
    }
  };

  private final String label;

  Tokenizer(String label) {
    this.label = label;
  }

  /// The name in signatures and on the command line.
  @Override
  public String toString() {
    return label;
  }

  /// The line with white space between its words.
  abstract String spaced(String line);
}
