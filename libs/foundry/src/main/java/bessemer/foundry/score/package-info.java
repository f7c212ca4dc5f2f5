/// How good translations are: BLEU and chrF as sacrebleu 2.6 computes them, with its signatures,
/// confidence intervals and significance tests.
@org.jspecify.annotations.NullMarked
package bessemer.foundry.score;
