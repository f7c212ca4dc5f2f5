/// Evaluations as jobs.
@org.jspecify.annotations.NullMarked
package bessemer.evaluation.job;
