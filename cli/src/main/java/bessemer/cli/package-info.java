@org.jspecify.annotations.NullMarked
package bessemer.cli;
