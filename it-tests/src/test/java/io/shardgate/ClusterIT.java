package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import org.junit.jupiter.api.Test;

/// What every other test here relies on.
final class ClusterIT {
  @Test
  void aStatementThatNamesNoTableIsAnsweredByTheHomeShard() throws Exception {
    TestCluster cluster = TestCluster.shared();
    try (var connection = cluster.connect();
        var rows = connection.createStatement().executeQuery("SELECT current_database(), inet_server_port()")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(1)).isEqualTo(cluster.database());
      assertThat(rows.getInt(2)).isEqualTo(cluster.shard("s1").port());
    }
  }

  @Test
  void theServersAreOfTheVersionThatIsMeant() {
    String meant = System.getProperty("shardgate.test.postgres.version", "18");
    for (String shard : TestCluster.shared().shardNames()) {
      assertThat(TestCluster.shared().valueOn(shard, "SHOW server_version")).startsWith(meant.replaceFirst("[.]0$", ""));
    }
  }

  @Test
  void clustersOnTheSharedServersDoNotSeeEachOther() {
    try (TestCluster other = TestCluster.start("")) {
      other.execute("CREATE TABLE mine (a int)", "INSERT INTO mine VALUES (7)");
      assertThat(other.value("SELECT a FROM mine")).isEqualTo("7");
      assertThat(other.valueOn("s1", "SELECT a FROM mine")).isEqualTo("7");
      try (var client = TestCluster.shared().wire()) {
        assertThat(client.error("SELECT a FROM mine").code()).isEqualTo("42P01");
      }
    }
  }

  @Test
  void aProxyThatStartsAgainServesTheSameTables() {
    try (TestCluster cluster = TestCluster.start("")) {
      cluster.execute("CREATE TABLE kept (a int)", "INSERT INTO kept VALUES (1)");
      cluster.restartProxy();
      assertThat(cluster.value("SELECT count(*) FROM kept")).isEqualTo("1");
    }
  }
}
