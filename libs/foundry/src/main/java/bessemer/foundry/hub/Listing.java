package bessemer.foundry.hub;

import bessemer.foundry.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the hub's API for the commit of a revision and the files of a commit.
final class Listing {
  private static final int MAX_JSON_BYTES = 16 << 20;
  private static final int MAX_PAGES = 50;
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"next\"");
  private static final JsonMapper JSON = new JsonMapper();

  private final HubSettings settings;
  private final Requests requests;
  private final Retry retry;

  Listing(HubSettings settings, Requests requests, Retry retry) {
    this.settings = settings;
    this.requests = requests;
    this.retry = retry;
  }

  private record Page(URI address, JsonNode json, String link) {}

  Snapshot snapshot(HubSource source) throws IOException, InterruptedException {
    URI model = address(source, "/revision/" + encoded(source.revision()));
    String commit = get(model).json().path("sha").asString("");
    if (!Snapshot.isCommit(commit)) {
      throw bad(model, "no commit of 40 hexadecimal digits in \"sha\"");
    }
    URI tree = address(source, "/tree/" + commit + "?recursive=true");
    try {
      return new Snapshot(source, commit, files(tree));
    } catch (IllegalArgumentException e) {
      throw bad(tree, String.valueOf(e.getMessage()));
    }
  }

  private List<HubFile> files(URI first) throws IOException, InterruptedException {
    List<HubFile> files = new ArrayList<>();
    URI next = first;
    for (int page = 0; page < MAX_PAGES; page++) {
      Page read = get(next);
      for (JsonNode entry : read.json()) {
        if (entry.path("type").asString("").equals("file")) {
          files.add(file(entry));
        }
      }
      Matcher link = NEXT.matcher(read.link());
      if (!link.find()) {
        return files;
      }
      next = sameHub(next, link.group(1));
    }
    throw bad(first, "more than " + MAX_PAGES + " pages");
  }

  private static HubFile file(JsonNode entry) {
    JsonNode large = entry.path("lfs");
    HubFile.Digest digest =
        large.isObject()
            ? new HubFile.Sha256(large.path("oid").asString("").replaceFirst("^sha256:", ""))
            : new HubFile.GitBlob(entry.path("oid").asString(""));
    long size = (large.isObject() ? large : entry).path("size").asLong(-1);
    return new HubFile(entry.path("path").asString(""), size, digest);
  }

  private URI sameHub(URI page, String link) throws HubException {
    try {
      URI next = page.resolve(link);
      if (settings.isEndpoint(next)) {
        return next;
      }
    } catch (IllegalArgumentException e) {
      throw new HubException(Kind.BAD_ANSWER, Requests.shown(page) + ": unreadable next page", e);
    }
    throw new HubException(
        Kind.HOST_REFUSED, Requests.shown(page) + ": the next page is on another host");
  }

  private Page get(URI address) throws IOException, InterruptedException {
    return retry.run(Requests.shown(address), () -> 0, () -> read(address));
  }

  private Page read(URI address) throws IOException, InterruptedException {
    HttpResponse<InputStream> answer = requests.get(address, 0);
    try (InputStream body = answer.body()) {
      byte[] bytes = body.readNBytes(MAX_JSON_BYTES + 1);
      if (bytes.length > MAX_JSON_BYTES) {
        throw bad(address, "more than " + MAX_JSON_BYTES + " bytes of JSON");
      }
      String link = answer.headers().firstValue("Link").orElse("");
      return new Page(address, JSON.readTree(bytes), link);
    } catch (JacksonException e) {
      throw new HubException(Kind.BAD_ANSWER, Requests.shown(address) + ": not JSON", e);
    }
  }

  private URI address(HubSource source, String rest) {
    return URI.create(settings.endpoint() + "/api/models/" + source.repository() + rest);
  }

  /// One path segment, `/` included: `refs/pr/1` is asked for as `refs%2Fpr%2F1`.
  static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static HubException bad(URI address, String what) {
    return new HubException(Kind.BAD_ANSWER, Requests.shown(address) + ": " + what);
  }
}
