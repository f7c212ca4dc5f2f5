package bessemer.checkpoint.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateLimitsTest {
  private static final Limits LIMITS =
      new Limits(100_000, 100_000, 200_000, 2_000_000, Limits.DEFAULT.depth());
  private static final int SMALL_STACK_BYTES = 512 << 10;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{{ 'xxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
        "{{ 'x' * 999999999999 }}",
        "{{ [1] * 999999999999 }}",
        "{{ 2 ** 999999999999 }}",
        "{{ 'x' | center(999999999) }}",
        "{{ '%999s' % 'x' * 99999 }}",
        "{{ 'a\nb\nc' | indent(999999999) }}",
        "{{ 'x'.ljust(99999999999) }}",
        "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x.replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(x='xyz') %}{% for a in range(99) %}{% set ns.x = ns.x.join(ns.x) %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for a in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}{{ ns.x < ns.y }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=1) %}{% for a in range(9999) %}{% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=1) %}{% for a in range(9999) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{{ caller() }}{{ m() }}{% endmacro %}{% call m() %}{{ m() }}{% endcall %}",
        "{% macro m(x) %}{% if x %}{{ m([x]) ~ m([x]) }}{% endif %}{% endmacro %}{{ m(1) }}"
      })
  void stopsATemplateThatWantsTooMuch(String source) throws InterruptedException {
    assertThat(inSmallStack(source)).isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[",
        "{'a':",
        "-",
        "not ",
        "x(",
        "x[",
        "1 if 1 else ",
        "x|f(",
        "x is in(",
        "x ** "
      })
  void stopsNestingBeforeTheStackEnds(String open) throws InterruptedException {
    assertThat(inSmallStack("{{ " + open.repeat(9000))).isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " + 1",
        " - 1",
        " * 1",
        " and 1",
        " or 1",
        ".a",
        "[0]",
        "|string",
        " is defined|string",
        " ** 1"
      })
  void stopsChainsBeforeTheStackEnds(String link) throws InterruptedException {
    assertThat(inSmallStack("{{ 1" + link.repeat(9000) + " }}"))
        .isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% if 1 %}",
        "{% for a in [1] %}",
        "{% with %}",
        "{% macro m() %}",
        "{% set a %}",
        "{% if 0 %}{% elif 0 %}"
      })
  void stopsNestedTagsBeforeTheStackEnds(String tag) throws InterruptedException {
    assertThat(inSmallStack(tag.repeat(3000))).isInstanceOf(TemplateException.class);
    assertThat(inSmallStack("{% if 0 %}" + "{% elif 0 %}".repeat(3000) + "{% endif %}"))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void refusesALongTemplate() {
    assertThatThrownBy(() -> Template.parse("x".repeat(100_001), LIMITS))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("100,001 characters");
  }

  @Test
  void refusesValuesThatAreNotData() {
    Template template = Template.parse("{{ x }}", LIMITS);
    assertThatThrownBy(() -> template.render(Map.of("x", new Object()), Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class);
    Object deep = List.of();
    for (int i = 0; i < 200; i++) {
      deep = List.of(deep);
    }
    Object tooDeep = deep;
    assertThatThrownBy(() -> template.render(Map.of("x", tooDeep), Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void doesNotReachTheHost() {
    for (String name : List.of("getClass", "class", "hashCode", "toString", "length", "intern")) {
      for (String value : List.of("'x'", "1", "[1]", "{'a': 1}", "range", "namespace()", "none")) {
        String source = "{{ (%s).%s is defined }}".formatted(value, name);
        assertThat(Template.parse(source, LIMITS).render(Map.of(), Clock.systemUTC()))
            .isEqualTo("False");
      }
    }
  }

  /// What `source` throws on a thread with a small stack; null when it renders.
  private static Throwable inSmallStack(String source) throws InterruptedException {
    var thrown = new AtomicReference<Throwable>();
    var thread =
        new Thread(
            null,
            () -> {
              try {
                Template.parse(source, LIMITS).render(Map.of("x", 1), Clock.systemUTC());
              } catch (Throwable e) {
                thrown.set(e);
              }
            },
            "small stack",
            SMALL_STACK_BYTES);
    thread.start();
    thread.join();
    return thrown.get();
  }
}
