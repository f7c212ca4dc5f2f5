package bessemer.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.supervisor.process.SupervisorException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @Test
  void aPortThatPeopleKnowIsRefusedWhenItIsBusyWithWhatToDo() throws Exception {
    try (var busy = new ServerSocket(0, 1, HERE)) {
      int port = busy.getLocalPort();
      assertThatThrownBy(() -> new Ports(Map.of()).fixed("gateway", HERE, port))
          .isInstanceOf(SupervisorException.class)
          .hasMessage(
              "port %d of 127.0.0.1 is in use: end what listens there or choose another,"
                      .formatted(port)
                  + " ./bessemer up --port N");
    }
  }

  @Test
  void anInternalPortStaysTheSameUnlessSomebodyElseTookIt() throws Exception {
    int first = new Ports(Map.of()).internal("x");
    assertThat(new Ports(Map.of("x", first)).internal("x")).isEqualTo(first);
    try (var _ = new ServerSocket(first, 1, HERE)) {
      assertThat(new Ports(Map.of("x", first)).internal("x")).isNotEqualTo(first);
    }
  }
}
