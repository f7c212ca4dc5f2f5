package bessemer.db.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobRequest;
import bessemer.db.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class SpecsTest {
  private static final String SOURCE = "0198c0de-0000-7000-8000-000000000001";

  private static JobRequest read(String body) {
    return Specs.request(new JsonMapper().readTree(body.replace('\'', '"')));
  }

  private static JobRequest convert(String fields) {
    String more = fields.isEmpty() ? "" : "," + fields;
    return read("{'kind':'convert','spec':{'source':'" + SOURCE + "','name':'m'" + more + "}}");
  }

  @Test
  void readsAConversionWithItsDefaults() {
    JobRequest request = convert("");
    assertThat(request.priority()).isZero();
    assertThat(request.spec())
        .isEqualTo(new ConvertSpec(SOURCE, "m", "mlx", null, null, 64, null, false, null, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'bits':7 | spec.bits",
        "'bits':\"4\" | spec.bits",
        "'bits':4.5 | spec.bits",
        "'group_size':48 | spec.group_size",
        "'groupsize':64 | spec.groupsize",
        "'dtype':16 | spec.dtype",
        "'dtype':\"fp8\" | spec.dtype",
        "'replace':\"yes\" | spec.replace",
        "'recipe':\"mixed\" | spec.recipe",
        "'reference':\"../pack\" | spec.reference",
        "'to':\"exe\" | spec.to",
        "'bits':4,'dequantize':true | spec",
        "'path':\"/etc/passwd\" | spec.path"
      },
      quoteCharacter = '~')
  void namesTheFieldThatIsWrong(String fields, String field) {
    assertThatThrownBy(() -> convert(fields))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'kind':'rm','spec':{}} | kind",
        "{'spec':{}} | kind",
        "{'kind':'convert'} | spec",
        "{'kind':'convert','spec':[]} | spec",
        "{'kind':'convert','spec':{'name':'m'}} | spec.source",
        "{'kind':'convert','spec':{'source':'/etc','name':'m'}} | spec.source",
        "{'kind':'convert','spec':{'source':'hf:a/b@main','name':'m'}} | spec.source",
        "{'kind':'convert','command':'x','spec':{}} | command",
        "{'kind':'convert','priority':'high','spec':{}} | priority",
        "[] | body"
      },
      quoteCharacter = '~')
  void namesWhatIsWrongWithTheRequest(String body, String field) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  private static final String CORPUS =
      "{'id':'" + SOURCE + "','src':'a','refs':['b'],'from':'en','to':'fr'}";

  private static JobRequest eval(String corpus, String fields) {
    String more = fields.isEmpty() ? "" : "," + fields;
    return read("{'kind':'eval','spec':{'models':['m'],'corpus':" + corpus + more + "}}");
  }

  @Test
  void readsAnEvaluationWithItsDefaults() {
    EvalSpec spec = (EvalSpec) eval(CORPUS, "'search':{'beams':4},'scoring':{}").spec();
    assertThat(spec.kind()).isEqualTo("eval");
    assertThat(spec.significance()).isEqualTo("bootstrap");
    assertThat(spec.corpus().refs()).containsExactly("b");
    assertThat(spec.search()).isEqualTo(new EvalSpec.Search(4, null, null, null, null));
    assertThat(spec.scoring())
        .isEqualTo(
            new EvalSpec.Scoring(
                List.of("bleu", "chrf"), null, null, null, false, false, false, null));
    assertThat(Specs.read("eval", Json.text(spec))).isEqualTo(spec);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'models':[] | spec.models",
        "'models':['a','b','c'] | spec.models",
        "'models':['m','m'] | spec.models",
        "'models':['../m'] | spec.models",
        "'corpus':{'id':'/etc','src':'a'} | spec.corpus.id",
        "'corpus':{'id':'ID','src':'a'} | spec.corpus",
        "'corpus':{'id':'ID','src':'a','refs':['b'],'to':'fr'} | spec.corpus.from",
        "'corpus':{'id':'ID','table':'../t.tsv'} | spec.corpus.table",
        "'corpus':{'id':'ID','table':'t.tsv','src':'a'} | spec.corpus",
        "'corpus':{'id':'ID','table':'t.tsv','path':'/etc'} | spec.corpus.path",
        "'search':{'beams':0} | spec.search.beams",
        "'search':{'beam':1} | spec.search.beam",
        "'scoring':{'metrics':['ter']} | spec.scoring.metrics",
        "'scoring':{'tokenize':'14a'} | spec.scoring.tokenize",
        "'samples':1 | spec.samples",
        "'seed':-1 | spec.seed",
        "'significance':'none' | spec.significance"
      },
      quoteCharacter = '~')
  void namesTheFieldOfAnEvaluationThatIsWrong(String fields, String field) {
    String good = "'models':['m'],'corpus':" + CORPUS + ",";
    String name = fields.substring(0, fields.indexOf(':'));
    String rest = good.replaceFirst(name + ":(\\[[^]]*]|\\{[^}]*}),", "");
    assertThatThrownBy(
            () -> read("{'kind':'eval','spec':{" + rest + fields.replace("ID", SOURCE) + "}}"))
        .isInstanceOfSatisfying(
            InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo(field));
  }

  @Test
  void refusesNamesThatAreNoNames() {
    for (String name : new String[] {"..", "a/b", "A", "", "a b", "-x", "x".repeat(65)}) {
      assertThatThrownBy(() ->
              read("{'kind':'convert','spec':{'source':'" + SOURCE + "','name':'" + name + "'}}"))
          .isInstanceOfSatisfying(
              InvalidFieldException.class, e -> assertThat(e.field()).isEqualTo("spec.name"));
    }
  }

  @Test
  void readsAHubRevision() {
    String source = "hf:Qwen/Qwen2.5-0.5B-Instruct@" + "a".repeat(40);
    JobRequest request =
        read("{'kind':'convert','priority':-5,'spec':{'source':'" + source + "','name':'q'}}");
    assertThat(request.priority()).isEqualTo(-5);
    assertThat(((ConvertSpec) request.spec()).source()).isEqualTo(source);
  }
}
