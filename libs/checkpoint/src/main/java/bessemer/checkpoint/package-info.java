@org.jspecify.annotations.NullMarked
package bessemer.checkpoint;
