/// Who works for this installation.
@org.jspecify.annotations.NullMarked
package bessemer.db.workers;
