package bessemer.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import bessemer.service.architecture.ServiceRules;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;

/// The arrows of this service, each rule a sentence.
@AnalyzeClasses(packages = "bessemer", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest static final ArchTests asEveryService = ArchTests.in(ServiceRules.class);

  @ArchTest
  static final ArchRule theGatewaySeesNoTensor =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("bessemer.tensor..", "bessemer.models..", "bessemer.foundry..");
}
