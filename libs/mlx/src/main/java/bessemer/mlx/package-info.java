@org.jspecify.annotations.NullMarked
package bessemer.mlx;
