package bessemer.foundry.hub;

import static bessemer.foundry.hub.Scene.FILE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.foundry.hub.HubException.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where an evil hub must not be able to lead a download.
class HubSafetyTest {
  @TempDir Path cache;
  private Scene scene;
  private FakeHub hub;

  @BeforeEach
  void aRepositoryWithOneLargeFile() throws Exception {
    scene = new Scene(cache);
    hub = scene.hub;
  }

  @AfterEach
  void stop() {
    scene.close();
  }

  @Test
  void refusesHostsThatAreNotAllowedAndEndlessRedirects() {
    hub.on(FILE, FakeHub.status(302, "Location", "https://evil.example/x?sig=1"));
    scene.fails(Kind.HOST_REFUSED, "https://evil.example/x:");
    hub.on(FILE, FakeHub.status(302, "Location", FILE));
    scene.fails(Kind.BAD_ANSWER, "more than 5 redirects");
  }

  @Test
  void refusesAHubWhoseNameLeadsToAPrivateAddress() {
    scene.endpoint = URI.create("https://hub.example");
    for (String address : List.of("10.1.2.3", "127.0.0.1", "fd00::1")) {
      scene.resolver =
          _ -> List.of(InetAddress.ofLiteral("9.9.9.9"), InetAddress.ofLiteral(address));
      scene.fails(Kind.HOST_REFUSED, "https://hub.example/api/models/org/m/revision/main leads to");
    }
  }

  @Test
  void looksAgainAtTheAddressOfEachRedirect() {
    hub.on(FILE, FakeHub.status(302, "Location", "https://cdn.example/x?sig=1"));
    scene.resolver = _ -> List.of(InetAddress.ofLiteral("169.254.169.254"));
    scene.fails(Kind.HOST_REFUSED, "https://cdn.example/x leads to 169.254.169.254");
  }

  @Test
  void letsAHubOnThisMachineReferToThisMachine() throws Exception {
    hub.on(FILE, FakeHub.status(302, "Location", "https://127.0.0.1:" + FakeHub.closedPort()));
    scene.fails(Kind.UNREACHABLE, "cannot reach");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.255.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fc00::1",
        "fdff::1",
        "fec0::1",
        "ff02::1",
        "2002:0a00:0001::1",
        "2001:0:1::1",
        "2001:db8::1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1"
      })
  void takesNoSpecialAddressForAPublicOne(String address) {
    assertThat(Addresses.isPublic(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.1.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.1.1",
        "198.17.1.1",
        "198.20.0.0",
        "223.255.255.255",
        "2600:9000::1",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "64:ff9b::1.1.1.1"
      })
  void takesTheRestForPublic(String address) {
    assertThat(Addresses.isPublic(InetAddress.ofLiteral(address))).isTrue();
  }

  @Test
  void leavesNamesToTheProxyWhereThereIsOne() throws Exception {
    URI target = URI.create("https://127.0.0.1/");
    Resolver direct = Resolver.system(HttpClient.Builder.NO_PROXY);
    assertThat(direct.addresses(target)).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
    var proxy = ProxySelector.of(InetSocketAddress.createUnresolved("proxy.example", 3128));
    assertThat(Resolver.system(proxy).addresses(target)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../a",
        "/etc/x",
        "a/../../b",
        "a/..",
        "./a",
        "..",
        "",
        "a/",
        "a\\\\b",
        "\\\\\\\\host\\\\x",
        "C:x",
        "a\\u0000b",
        "a\\u009bb",
        "a\\u202eb",
        "a//b",
        "a/b/c/d/e/f/g/h/i"
      })
  void refusesFileNamesThatLeaveTheDirectory(String name) throws Exception {
    hub.repository("[" + FakeHub.large(name, scene.weights) + "]");
    scene.fails(Kind.BAD_ANSWER, "unsafe file name");
  }

  @Test
  void takesAnEncodedNameAsItStands() throws Exception {
    hub.repository("[" + FakeHub.large("tokenizer%2e%2e%2fx", scene.weights) + "]");
    hub.on(
        "/org/m/resolve/" + FakeHub.COMMIT + "/tokenizer%252e%252e%252fx",
        FakeHub.bytes(scene.weights));
    assertThat(scene.fetch().resolve("tokenizer%2e%2e%2fx")).hasBinaryContent(scene.weights);
  }

  @Test
  void writesThroughNoLink() throws Exception {
    Path outside = Files.write(cache.resolve("outside"), new byte[3]);
    Files.createDirectories(scene.directory);
    Path link = scene.directory.resolve("model.safetensors");
    for (Path planted : List.of(link, FileDownload.part(link))) {
      Files.createSymbolicLink(planted, outside);
      assertThatThrownBy(scene::fetch).isInstanceOf(FileSystemException.class);
      Files.delete(planted);
      assertThat(outside).hasSize(3);
    }
  }

  @Test
  void refusesSizesNoFileHasAndListingsWithoutEnd() {
    var digest = new HubFile.GitBlob(FakeHub.COMMIT);
    assertThatThrownBy(() -> new HubFile("a", 1L << 45, digest)).hasMessageContaining("bytes");
    assertThatThrownBy(() -> new HubFile("a", -1, digest)).hasMessageContaining("bytes");
    List<HubFile> many =
        java.util.stream.IntStream.rangeClosed(0, 100_000)
            .mapToObj(i -> new HubFile("f" + i, 1, digest))
            .toList();
    assertThatThrownBy(() -> new Snapshot(Scene.SOURCE, FakeHub.COMMIT, many))
        .hasMessageContaining("lists 100001 files");
  }
}
