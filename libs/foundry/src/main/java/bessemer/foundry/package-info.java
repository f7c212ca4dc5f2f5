@org.jspecify.annotations.NullMarked
package bessemer.foundry;
