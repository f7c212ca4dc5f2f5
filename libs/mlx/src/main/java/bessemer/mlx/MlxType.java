package bessemer.mlx;

/// MLX's numbers of element types, in the order of its own enumeration.
public final class MlxType {
  public static final int BOOL = 0;
  public static final int U32 = 3;
  public static final int I8 = 5;
  public static final int I32 = 7;
  public static final int F16 = 9;
  public static final int F32 = 10;
  public static final int BF16 = 12;

  private MlxType() {}
}
