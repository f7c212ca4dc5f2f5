package bessemer.foundry.score;

/// What sacrebleu's tokenizer `zh` takes for a Chinese character.
final class Chinese {
  /// First and last of each range. The original spells two ranges beyond the basic plane with four
  /// hexadecimal digits too few: what it compares then is U+2001-U+2A6D and U+2F81-U+2FA1, and so
  /// do we.
  private static final int[] RANGES = {
    0x3400, 0x4db5, 0x4e00, 0x9fa5, 0x9fa6, 0x9fbb, 0xf900, 0xfa2d, 0xfa30, 0xfa6a, 0xfa70, 0xfad9,
    0x2001, 0x2a6d, 0x2f81, 0x2fa1, 0xff00, 0xffef, 0x2e80, 0x2eff, 0x3000, 0x303f, 0x31c0, 0x31ef,
    0x2f00, 0x2fdf, 0x2ff0, 0x2fff, 0x3100, 0x312f, 0x31a0, 0x31bf, 0xfe10, 0xfe1f, 0xfe30, 0xfe4f,
    0x2600, 0x26ff, 0x2700, 0x27bf, 0x3200, 0x32ff, 0x3300, 0x33ff
  };

  private Chinese() {}

  /// With spaces around every Chinese character. None of them lies beyond the basic plane.
  static String apart(String line) {
    var out = new StringBuilder(2 * line.length());
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (isChinese(c)) {
        out.append(' ').append(c).append(' ');
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isChinese(char c) {
    for (int i = 0; i < RANGES.length; i += 2) {
      if (c >= RANGES[i] && c <= RANGES[i + 1]) {
        return true;
      }
    }
    return false;
  }
}
