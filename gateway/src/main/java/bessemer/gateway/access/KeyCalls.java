package bessemer.gateway.access;

import bessemer.contracts.KeyRequest;
import bessemer.contracts.KeyView;
import bessemer.contracts.Page;
import bessemer.db.access.ApiKeys;
import bessemer.service.Caller;
import java.net.URI;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/api/v1/keys`
@RestController
@RequestMapping("/api/v1/keys")
final class KeyCalls {
  private final ApiKeys keys;
  private final Visitors visitors;

  KeyCalls(ApiKeys keys, Visitors visitors) {
    this.keys = keys;
    this.visitors = visitors;
  }

  /// All of them: an installation has few, and revoked ones stay to be seen.
  @GetMapping
  Page<KeyView> list() {
    return new Page<>(keys.list(), null);
  }

  @PostMapping
  ResponseEntity<KeyView> create(@RequestBody KeyRequest request, Caller caller) {
    KeyView made = keys.create(request, caller.tenant());
    return ResponseEntity.created(URI.create("/api/v1/keys/" + made.id())).body(made);
  }

  @DeleteMapping("/{id}")
  KeyView revoke(@PathVariable String id) {
    KeyView revoked = keys.revoke(id);
    visitors.forget();
    return revoked;
  }
}
