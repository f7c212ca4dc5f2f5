package bessemer.checkpoint.text;

/// What cuts texts into tokens and puts them together again. Safe for several threads.
sealed interface Segmenter extends AutoCloseable permits NativeTokenizer, UnigramTokenizer {
  int[] encode(String text, boolean addSpecialTokens);

  /// The text of `ids`; ids that the vocabulary lacks are left out.
  String decode(int[] ids, int from, int to, boolean skipSpecialTokens);

  @Override
  void close();
}
