package io.shardgate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The arrows between modules and packages: they point one way.
final class ArchitectureTest {
  private static final JavaClasses SHARDGATE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("io.shardgate");

  @Test
  void everyModuleIsSeen() {
    assertThat(SHARDGATE.stream().map(JavaClass::getPackageName))
        .contains("io.shardgate.pgwire", "io.shardgate.directory", "io.shardgate.router", "io.shardgate.router.grammar", "io.shardgate.proxy");
  }

  @Test
  void arrowsBetweenModulesPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.shardgate..")
        .withOptionalLayers(true)
        .layer("pg-wire").definedBy("io.shardgate.pgwire..")
        .layer("shard-directory").definedBy("io.shardgate.directory..")
        .layer("sql-router").definedBy("io.shardgate.router..")
        .layer("proxy-server").definedBy("io.shardgate.proxy..")
        .layer("rebalancer").definedBy("io.shardgate.rebalancer..")
        .layer("admin-cli").definedBy("io.shardgate.admin..")
        .whereLayer("pg-wire").mayOnlyBeAccessedByLayers("proxy-server")
        .whereLayer("shard-directory").mayOnlyBeAccessedByLayers("sql-router", "proxy-server", "rebalancer", "admin-cli")
        .whereLayer("sql-router").mayOnlyBeAccessedByLayers("proxy-server")
        .whereLayer("rebalancer").mayOnlyBeAccessedByLayers("proxy-server")
        .whereLayer("proxy-server").mayNotBeAccessedByAnyLayer()
        .whereLayer("admin-cli").mayNotBeAccessedByAnyLayer()
        .check(SHARDGATE);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices().assignedFrom(EACH_PACKAGE).should().beFreeOfCycles().check(SHARDGATE);
  }

  @Test
  void calciteStaysInTheRouter() {
    noClasses().that().resideOutsideOfPackage("io.shardgate.router..")
        .should().dependOnClassesThat().resideInAPackage("org.apache.calcite..")
        .check(SHARDGATE);
  }

  @Test
  void nettyStaysOutOfTheRouterTheDirectoryAndTheCommandLine() {
    noClasses().that().resideInAnyPackage("io.shardgate.router..", "io.shardgate.directory..", "io.shardgate.admin..")
        .and().doNotHaveFullyQualifiedName("io.shardgate.directory.etcd.EtcdConnection") // hands jetcd the TLS context that it wants
        .should().dependOnClassesThat().resideInAPackage("io.netty..")
        .allowEmptyShould(true)
        .check(SHARDGATE);
  }

  @Test
  void etcdStaysInItsRoomOfTheDirectory() {
    noClasses().that().resideOutsideOfPackage("io.shardgate.directory.etcd..")
        .should().dependOnClassesThat().resideInAnyPackage("io.etcd..", "io.grpc..", "io.vertx..", "com.google.protobuf..")
        .check(SHARDGATE);
  }

  @Test
  void theRouterIsPure() {
    noClasses().that().resideInAPackage("io.shardgate.router..")
        .should().dependOnClassesThat().resideInAnyPackage("java.sql..", "java.net..", "java.nio.channels..", "java.util.concurrent.locks..", "org.slf4j..")
        .check(SHARDGATE);
  }

  @Test
  void jdbcStaysBesideTheDataPath() {
    noClasses().that().resideInAnyPackage(
            "io.shardgate.proxy.pool..", "io.shardgate.proxy.relay..", "io.shardgate.proxy.session..", "io.shardgate.proxy.accept..", "io.shardgate.proxy.auth..")
        .should().dependOnClassesThat().resideInAnyPackage("java.sql..", "javax.sql..", "com.zaxxer..", "org.postgresql..")
        .check(SHARDGATE);
  }

  /// A clock that jumps ends nothing early and keeps nothing: durations are measured by `System.nanoTime()`. The time of day is for people
  /// (when a client came) and for certificates.
  @Test
  void nothingIsMeasuredByTheTimeOfDay() {
    noClasses().that().doNotHaveFullyQualifiedName("io.shardgate.proxy.session.ClientSession")
        .and().doNotHaveFullyQualifiedName("io.shardgate.proxy.accept.ServerTls")
        .and().doNotHaveFullyQualifiedName("io.shardgate.proxy.accept.TlsOffer")
        .should().callMethod(System.class, "currentTimeMillis")
        .orShould().callMethod(java.time.Instant.class, "now")
        .orShould().dependOnClassesThat().areAssignableTo(java.time.Clock.class)
        .check(SHARDGATE);
  }

  @Test
  void theDevClusterIsKnownToTheMainOnly() {
    classes().that().resideInAPackage("io.shardgate.proxy.dev..")
        .should().onlyBeAccessed().byClassesThat().resideInAnyPackage("io.shardgate.proxy", "io.shardgate.proxy.dev..")
        .check(SHARDGATE);
  }

  /// The router's root package holds words that its rooms speak, and the door, which opens on the rooms. The words count as a slice of their
  /// own, or as one with the package they are the words of.
  private static final Map<String, String> WORDS =
      Map.of(
          "io.shardgate.router.RoutingView", "io.shardgate.router (words)",
          "io.shardgate.router.Bindings", "io.shardgate.router (words)",
          "io.shardgate.router.DocumentedRefusal", "io.shardgate.router (words)",
          "io.shardgate.router.Refusal", "io.shardgate.router.plan");

  private static final SliceAssignment EACH_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass each) {
          if (!each.getPackageName().startsWith("io.shardgate")) {
            return SliceIdentifier.ignore();
          }
          String outermost = each.getName().replaceFirst("[$].*", "");
          return SliceIdentifier.of(WORDS.getOrDefault(outermost, each.getPackageName()));
        }

        @Override
        public String getDescription() {
          return "each package";
        }
      };
}
