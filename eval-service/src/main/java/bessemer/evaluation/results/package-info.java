/// What evaluations found: their reports and the translations.
@org.jspecify.annotations.NullMarked
package bessemer.evaluation.results;
