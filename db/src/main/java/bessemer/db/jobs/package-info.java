/// Jobs as those who submit and watch them see them.
@org.jspecify.annotations.NullMarked
package bessemer.db.jobs;
