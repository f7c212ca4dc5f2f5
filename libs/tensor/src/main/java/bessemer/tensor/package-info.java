@org.jspecify.annotations.NullMarked
package bessemer.tensor;
