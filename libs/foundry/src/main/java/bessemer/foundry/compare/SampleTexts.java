package bessemer.foundry.compare;

import java.util.List;

/// Texts to compare models on where users give none: everyday English, questions, numbers, names.
public final class SampleTexts {
  private static final List<String> TEXTS =
      List.of(
          "The train to the coast leaves at seven in the morning and arrives before noon.",
          "She asked whether the library would stay open during the holidays.",
          "Water boils at a lower temperature on high mountains than at the sea.",
          "In 1856 a new way of making steel from iron was shown to engineers in Cheltenham.",
          "Could you please send me the report again? The second page is missing.",
          "The doctor said that he should rest for two weeks and drink plenty of water.",
          "Prices of bread and milk rose by three percent, although wages stayed the same.",
          "If it rains tomorrow, we will meet at the museum instead of in the park.",
          "The children built a small boat out of wood, paper and a piece of string.",
          "Nobody knew why the old clock had stopped, but everyone had an opinion.",
          "The committee will publish its decision on Friday, after a vote of all members.",
          "He opened the window, looked at the empty street, and closed it again.");

  private SampleTexts() {}

  public static List<String> all() {
    return TEXTS;
  }
}
