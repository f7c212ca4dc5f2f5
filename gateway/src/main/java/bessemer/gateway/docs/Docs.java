package bessemer.gateway.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseBody;
import tools.jackson.databind.json.JsonMapper;

/// `/openapi.json` and `/docs`
@Controller
final class Docs {
  private final byte[] json;
  private final List<Group> groups;
  private final List<Shape> shapes;

  record Group(String name, String about, List<OpenApi.Call> calls) {}

  record Shape(String name, List<Property> properties) {}

  record Property(String name, String type, String about) {}

  Docs(JsonMapper mapper) {
    OpenApi api = OpenApi.read();
    this.json = mapper.writeValueAsBytes(api.document());
    this.groups = groups(api);
    this.shapes = shapes(api);
  }

  @GetMapping(path = "/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
  @ResponseBody
  byte[] document() {
    return json.clone();
  }

  @GetMapping("/docs")
  String page(Model model) {
    model.addAttribute("groups", groups);
    model.addAttribute("shapes", shapes);
    return "docs";
  }

  private static List<Group> groups(OpenApi api) {
    Map<String, List<OpenApi.Call>> calls = new LinkedHashMap<>();
    for (OpenApi.Call call : api.calls()) {
      calls.computeIfAbsent(call.tag(), _ -> new ArrayList<>()).add(call);
    }
    return api.tags().entrySet().stream()
        .map(tag ->
            new Group(tag.getKey(), tag.getValue(), calls.getOrDefault(tag.getKey(), List.of())))
        .toList();
  }

  private static List<Shape> shapes(OpenApi api) {
    List<Shape> shapes = new ArrayList<>();
    api.schemas()
        .forEach((name, schema) -> {
          Map<String, Object> properties = OpenApi.map(OpenApi.map(schema).get("properties"));
          if (!properties.isEmpty() && !name.endsWith("Page")) {
            shapes.add(new Shape(name, properties(properties)));
          }
        });
    return shapes;
  }

  private static List<Property> properties(Map<String, Object> properties) {
    List<Property> all = new ArrayList<>();
    properties.forEach((name, schema) -> {
      Map<String, Object> described = OpenApi.map(schema);
      all.add(
          new Property(
              name,
              SchemaText.of(described),
              String.valueOf(described.getOrDefault("description", ""))));
    });
    return all;
  }
}
