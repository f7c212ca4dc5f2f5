package bessemer.foundry.score;

import java.util.List;

/// chrF (Popović 2015); with words of order 2, chrF++ (2017).
///
/// @param charOrder the longest n-grams of characters, which are code points
/// @param wordOrder the longest n-grams of words
/// @param beta how many times more recall counts than precision
/// @param whitespace whether white space counts among the characters
/// @param epsilonSmoothing average the orders' scores, as chrF++.py, NLTK and Moses do, and not
///   their precisions and recalls
public record Chrf(
    int charOrder,
    int wordOrder,
    int beta,
    boolean lowercase,
    boolean whitespace,
    boolean epsilonSmoothing)
    implements Metric {
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  public Chrf {
    if (charOrder < 0 || wordOrder < 0 || charOrder + wordOrder == 0 || beta < 1) {
      throw new IllegalArgumentException(
          "charOrder %d, wordOrder %d, beta %d: needs n-grams, and a beta of at least 1"
              .formatted(charOrder, wordOrder, beta));
    }
  }

  /// chrF2: characters up to 6, recall twice as important, case counts.
  public Chrf() {
    this(6, 0, 2, false, false, false);
  }

  /// chrF2++.
  public static Chrf plusPlus() {
    return new Chrf(6, 2, 2, false, false, false);
  }

  @Override
  public String name() {
    return "chrF" + beta + "+".repeat(wordOrder);
  }

  @Override
  public String settings() {
    return "case:%s|eff:%s|nc:%d|nw:%d|space:%s"
        .formatted(
            lowercase ? "lc" : "mixed",
            epsilonSmoothing ? "no" : "yes",
            charOrder,
            wordOrder,
            whitespace ? "yes" : "no");
  }

  private int orders() {
    return charOrder + wordOrder;
  }

  /// Rows of n-grams in the hypothesis, n-grams in the reference and matches, for each order; of
  /// the reference with which the line scores best.
  @Override
  public Statistics statistics(Corpus corpus) {
    return Statistics.of(
        corpus.lines(),
        3 * orders(),
        (grams, line, values, at) -> {
          grams.forget();
          Line hypothesis = line(grams, corpus.hypotheses().get(line));
          double best = -1;
          for (String text : corpus.references().get(line)) {
            double[] counts = counts(grams, hypothesis, line(grams, text));
            double value = new FScore(this, Arithmetic.PYTHON).of(counts).value();
            if (value > best) {
              best = value;
              for (int i = 0; i < counts.length; i++) {
                values[at + i] = (int) counts[i];
              }
            }
          }
        });
  }

  @SuppressWarnings("ArrayRecordComponent") // lives for the line
  private record Line(int[] characters, int[] words) {}

  private Line line(Grams grams, String text) {
    String cased = lowercase ? PythonText.lower(text) : text;
    return new Line(
        characters(cased), wordOrder == 0 ? new int[0] : grams.words(punctuationApart(cased)));
  }

  private int[] characters(String text) {
    var characters = new CodePoints(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (whitespace || !PythonText.isSpace(c)) {
        characters.add(c);
      }
      i += Character.charCount(c);
    }
    return characters.toArray();
  }

  /// One mark of punctuation set apart from each word, at its end or else at its beginning.
  private static String punctuationApart(String text) {
    var out = new StringBuilder(text.length() + 16);
    int end;
    for (int start = 0; start < text.length(); start = end + 1) {
      end = start;
      while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
        end++;
      }
      if (end - start < 2) {
        out.append(text, start, end);
      } else if (isPunctuation(text.charAt(end - 1))) {
        out.append(text, start, end - 1).append(' ').append(text.charAt(end - 1));
      } else if (isPunctuation(text.charAt(start))) {
        out.append(text.charAt(start)).append(' ').append(text, start + 1, end);
      } else {
        out.append(text, start, end);
      }
      out.append(' ');
    }
    return out.toString();
  }

  private static boolean isPunctuation(char c) {
    return PUNCTUATION.indexOf(c) >= 0;
  }

  private double[] counts(Grams grams, Line hypothesis, Line reference) {
    double[] counts = new double[3 * orders()];
    fill(counts, 0, grams, hypothesis.characters, reference.characters, charOrder);
    fill(counts, charOrder, grams, hypothesis.words, reference.words, wordOrder);
    return counts;
  }

  private static void fill(
      double[] counts, int first, Grams grams, int[] hypothesis, int[] reference, int orders) {
    int[] matches = grams.matches(hypothesis, List.of(reference), orders);
    for (int n = 0; n < orders; n++) {
      int possible = Math.max(0, reference.length - n);
      int at = 3 * (first + n);
      counts[at] = possible == 0 ? 0 : Math.max(0, hypothesis.length - n);
      counts[at + 1] = possible;
      counts[at + 2] = matches[n];
    }
  }

  @Override
  public Score score(double[] sums) {
    return new Score.ChrfScore(new FScore(this, Arithmetic.PYTHON).of(sums).value());
  }

  @Override
  public Sample sample(double[] sums, Arithmetic arithmetic) {
    return new FScore(this, arithmetic).of(sums);
  }
}
