package bessemer.foundry.hub;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Tells addresses of the public Internet from those of this machine, its network and its cloud's
/// metadata service, which nothing that a hub answers may make us ask.
///
/// The blocks are those that IANA's registries of special-purpose addresses (RFC 6890) mark as not
/// globally reachable. Of IPv6 only global unicast counts as public, and there not the blocks that
/// carry an IPv4 address to a tunnel; what NAT64 maps is judged by the IPv4 address inside.
final class Addresses {
  private static final List<Block> IPV4_NOT_PUBLIC =
      blocks(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3");
  private static final Block IPV6_PUBLIC = Block.parse("2000::/3");
  private static final List<Block> IPV6_NOT_PUBLIC =
      blocks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
  private static final Block NAT64 = Block.parse("64:ff9b::/96");

  private Addresses() {}

  /// Addresses that begin with the first `bits` of `start`.
  private record Block(byte[] start, int bits) {
    static Block parse(String text) {
      String[] parts = text.split("/");
      byte[] start = InetAddress.ofLiteral(parts[0]).getAddress();
      return new Block(start, Integer.parseInt(parts[1]));
    }

    boolean contains(byte[] address) {
      int whole = bits / 8;
      int mask = (0xff00 >> bits % 8) & 0xff;
      return start.length == address.length
          && Arrays.equals(start, 0, whole, address, 0, whole)
          && (mask == 0 || (start[whole] & mask) == (address[whole] & mask));
    }
  }

  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      return noneContains(IPV4_NOT_PUBLIC, bytes);
    }
    if (NAT64.contains(bytes)) {
      return noneContains(IPV4_NOT_PUBLIC, Arrays.copyOfRange(bytes, 12, 16));
    }
    return IPV6_PUBLIC.contains(bytes) && noneContains(IPV6_NOT_PUBLIC, bytes);
  }

  private static boolean noneContains(List<Block> blocks, byte[] address) {
    return blocks.stream().noneMatch(block -> block.contains(address));
  }

  private static List<Block> blocks(String... texts) {
    return Stream.of(texts).map(Block::parse).toList();
  }
}
