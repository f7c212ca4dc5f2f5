package bessemer.conversion;

import bessemer.service.architecture.ServiceRules;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;

/// The arrows of this service, each rule a sentence.
@AnalyzeClasses(packages = "bessemer", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest static final ArchTests asEveryService = ArchTests.in(ServiceRules.class);
}
