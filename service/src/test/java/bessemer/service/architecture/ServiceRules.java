package bessemer.service.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows of every service, each rule a sentence.
public final class ServiceRules {
  private ServiceRules() {}

  @ArchTest
  static final ArchRule onlyTheDatabaseModuleWritesSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("bessemer.db..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "org.springframework.jdbc..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("bessemer.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule whatCrossesHttpKnowsNoService =
      noClasses()
          .that()
          .resideInAPackage("bessemer.contracts..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("bessemer.db..", "bessemer.service..", "org.springframework..");

  @ArchTest
  static final ArchRule nothingIsDeserializedByJava =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.io.ObjectInputStream");

  @ArchTest
  static final ArchRule namesComeFromTheDomain =
      classes().should().haveNameNotMatching(".*(Impl|Manager|Helper|Util|Utils|Dto)");
}
