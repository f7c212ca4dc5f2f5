/// Runs jobs: claims them, fences attempts that lost their claim, records steps with Spring Batch.
@org.jspecify.annotations.NullMarked
package bessemer.db.work;
