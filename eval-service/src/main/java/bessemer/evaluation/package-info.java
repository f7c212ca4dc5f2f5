/// The evaluation service.
@org.jspecify.annotations.NullMarked
package bessemer.evaluation;
