package bessemer.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows between modules and packages, each rule a sentence.
@AnalyzeClasses(packages = "bessemer", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule arrowsGoOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("mlx")
          .definedBy("bessemer.mlx..")
          .layer("tensor")
          .definedBy("bessemer.tensor..")
          .layer("checkpoint")
          .definedBy("bessemer.checkpoint..")
          .layer("models")
          .definedBy("bessemer.models..")
          .layer("foundry")
          .definedBy("bessemer.foundry..")
          .layer("supervisor")
          .definedBy("bessemer.supervisor..")
          .layer("cli")
          .definedBy("bessemer.cli..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("supervisor")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("foundry")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("models")
          .mayOnlyBeAccessedByLayers("foundry", "cli")
          .whereLayer("checkpoint")
          .mayOnlyBeAccessedByLayers("models", "foundry", "cli")
          .whereLayer("tensor")
          .mayOnlyBeAccessedByLayers("checkpoint", "models", "foundry", "cli")
          .whereLayer("mlx")
          .mayOnlyBeAccessedByLayers("tensor");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("bessemer.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule primitivesStayInTheTensorLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackage("bessemer.tensor..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("bessemer.tensor.Primitive");

  @ArchTest
  static final ArchRule onlyTheHubAndTheGatewayAreSpokenToByHttp =
      noClasses()
          .that()
          .resideOutsideOfPackages("bessemer.foundry.hub..", "bessemer.cli.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.net.http..");

  @ArchTest
  static final ArchRule whatCrossesHttpKnowsNoTensor =
      noClasses()
          .that()
          .resideInAnyPackage("bessemer.contracts..", "bessemer.cli.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("bessemer.tensor..", "bessemer.models..", "bessemer.mlx..");

  @ArchTest
  static final ArchRule nothingIsDeserializedByJava =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.io.ObjectInputStream");

  @ArchTest
  static final ArchRule librariesKnowNoSpringAndNoSql =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework..", "java.sql..");

  @ArchTest
  static final ArchRule librariesPrintNothing =
      noClasses()
          .that(are(resideInAPackage("bessemer..")))
          .and()
          .resideOutsideOfPackage("bessemer.cli..")
          .and()
          .doNotHaveSimpleName("Main")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule namesComeFromTheDomain =
      classes().should().haveNameNotMatching(".*(Impl|Manager|Helper|Util|Utils|Dto)");
}
