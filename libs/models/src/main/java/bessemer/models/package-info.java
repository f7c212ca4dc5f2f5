@org.jspecify.annotations.NullMarked
package bessemer.models;
