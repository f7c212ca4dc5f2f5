package bessemer.foundry.score;

/// Where 95 % of the scores of resampled corpora lie: `mean` ± `halfWidth`.
public record Confidence(double mean, double halfWidth) {}
