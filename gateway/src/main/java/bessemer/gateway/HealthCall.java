package bessemer.gateway;

import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/health`: whether somebody is at home. What state the rest is in, the management port tells.
@RestController
final class HealthCall {
  @GetMapping("/health")
  Map<String, String> health() {
    return Map.of("status", "up");
  }
}
