package bessemer.foundry.hub;

import bessemer.foundry.convert.Disk;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;

/// What a download uses outside of the program besides the hub itself; tests replace it.
record Surroundings(
    Retry.Sleeper sleeper, Alarm alarm, Resolver resolver, Disk disk, Writer writer) {

  /// Writes some of the bytes at the channel's position.
  @FunctionalInterface
  interface Writer {
    int write(FileChannel out, ByteBuffer bytes) throws IOException;
  }

  static Surroundings real() {
    ProxySelector proxies =
        Objects.requireNonNullElse(ProxySelector.getDefault(), HttpClient.Builder.NO_PROXY);
    return new Surroundings(
        Thread::sleep, Alarm.clock(), Resolver.system(proxies), Disk.real(), FileChannel::write);
  }
}
