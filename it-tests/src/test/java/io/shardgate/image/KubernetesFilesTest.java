package io.shardgate.image;

import static io.shardgate.image.Sources.map;
import static io.shardgate.image.Sources.maps;
import static io.shardgate.image.Sources.words;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.proxy.config.ProxyConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The examples for Kubernetes: their parts fit each other, and the settings that the proxies will read.
final class KubernetesFilesTest {
  private static List<Map<String, Object>> file(String name) {
    return Sources.yaml(Sources.text("docker/kubernetes/" + name));
  }

  private static Map<String, Object> only(List<Map<String, Object>> documents, String kind) {
    List<Map<String, Object>> found = documents.stream().filter(each -> kind.equals(each.get("kind"))).toList();
    assertThat(found).as(kind).hasSize(1);
    return found.getFirst();
  }

  private static Map<String, Object> podOf(List<Map<String, Object>> documents) {
    return map(only(documents, "Deployment"), "spec", "template", "spec");
  }

  private static Map<String, Object> proxyOf(Map<String, Object> pod) {
    List<Map<String, Object>> containers = maps(pod, pod.containsKey("initContainers") ? "initContainers" : "containers");
    assertThat(containers).extracting(each -> each.get("name")).containsExactly("shardgate");
    return containers.getFirst();
  }

  private static ProxyConfig settings(List<Map<String, Object>> documents) {
    return Sources.settings(String.valueOf(map(only(documents, "ConfigMap"), "data").get("shardgate.yaml")), "shardgate.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxies.yaml", "sidecar.yaml"})
  void eachRunsTheImageWithTheLeastRights(String name) {
    Map<String, Object> pod = podOf(file(name));
    assertThat(pod).containsEntry("automountServiceAccountToken", false);
    assertThat(map(pod, "securityContext")).containsEntry("runAsNonRoot", true);
    assertThat(proxyOf(pod)).containsEntry("image", "shardgate:" + Sources.version());
    for (Map<String, Object> container : List.of(proxyOf(pod), maps(pod, "containers").getFirst())) {
      assertThat(Sources.isPinned(String.valueOf(container.get("image")))).isTrue();
      assertThat(map(container, "securityContext")).containsEntry("allowPrivilegeEscalation", false).containsEntry("readOnlyRootFilesystem", true);
      assertThat(words(map(container, "securityContext", "capabilities"), "drop")).containsExactly("ALL");
    }
    assertThat(map(proxyOf(pod), "resources", "limits")).containsKeys("memory", "cpu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxies.yaml", "sidecar.yaml"})
  void eachReadsWhatIsMounted(String name) {
    List<Map<String, Object>> documents = file(name);
    Map<String, Object> pod = podOf(documents);
    List<Object> volumes = maps(pod, "volumes").stream().map(volume -> volume.get("name")).toList();
    assertThat(volumes).containsAll(maps(proxyOf(pod), "volumeMounts").stream().map(mount -> mount.get("name")).toList());
    List<Object> folders = maps(proxyOf(pod), "volumeMounts").stream().map(mount -> mount.get("mountPath")).toList();
    List<String> wanted = words(proxyOf(pod), "args").stream().filter(word -> word.startsWith("/")).toList();
    assertThat(wanted).isNotEmpty().allMatch(file -> folders.contains(file.substring(0, file.lastIndexOf('/'))));
    assertThat(map(only(documents, "ConfigMap"), "data").keySet()).containsAll(wanted.stream().map(file -> file.substring(file.lastIndexOf('/') + 1)).toList());
    assertThat(String.valueOf(map(only(documents, "ConfigMap"), "data").get("shardgate.yaml"))).contains("password_file: " + folders.getLast() + "/password");
    assertThat(maps(pod, "volumes").stream().map(volume -> map(volume, "configMap").get("name"))).contains(map(only(documents, "ConfigMap"), "metadata").get("name"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxies.yaml", "sidecar.yaml"})
  void itsProbesAskWhereTheProxyAnswersAndAShardThatIsDownKillsNone(String name) throws UnknownHostException {
    ProxyConfig settings = settings(file(name));
    Map<String, Object> proxy = proxyOf(podOf(file(name)));
    assertThat(InetAddress.getByName(settings.http().host()).isAnyLocalAddress()).as("probes come from outside").isTrue();
    assertThat(maps(proxy, "ports").stream().filter(port -> "http".equals(port.get("name"))).map(port -> port.get("containerPort"))).containsExactly(settings.http().port());
    String ready = proxy.containsKey("startupProbe") ? "startupProbe" : "readinessProbe";
    assertThat(map(proxy, ready, "httpGet")).containsEntry("path", "/health/ready").containsEntry("port", "http");
    assertThat(map(proxy, "livenessProbe", "httpGet")).containsEntry("path", "/health/live").containsEntry("port", "http");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxies.yaml", "sidecar.yaml"})
  void noneIsKilledBeforeItHasDrained(String name) {
    Duration grace = Duration.ofSeconds((Integer) podOf(file(name)).get("terminationGracePeriodSeconds"));
    assertThat(grace).isGreaterThanOrEqualTo(Sources.timeToEnd(settings(file(name))));
  }

  @Test
  void theTierServesOnUntilNoNewClientComes() {
    Map<String, Object> readiness = map(proxyOf(podOf(file("proxies.yaml"))), "readinessProbe");
    int noticed = (Integer) readiness.get("periodSeconds") * ((Integer) readiness.get("failureThreshold") + 1);
    assertThat(settings(file("proxies.yaml")).clients().drainDelay()).isGreaterThan(Duration.ofSeconds(noticed));
    assertThat(map(only(file("proxies.yaml"), "Deployment"), "spec", "strategy", "rollingUpdate")).containsEntry("maxUnavailable", 0);
  }

  @Test
  void theTiersPartsMeanTheSameProxies() {
    List<Map<String, Object>> tier = file("proxies.yaml");
    Map<String, Object> labels = map(only(tier, "Deployment"), "spec", "template", "metadata", "labels");
    assertThat(map(only(tier, "Deployment"), "spec", "selector", "matchLabels")).isEqualTo(labels);
    assertThat(map(only(tier, "Service"), "spec", "selector")).isEqualTo(labels);
    assertThat(map(only(tier, "PodDisruptionBudget"), "spec", "selector", "matchLabels")).isEqualTo(labels);
    assertThat(map(only(tier, "HorizontalPodAutoscaler"), "spec", "scaleTargetRef"))
        .containsEntry("kind", "Deployment").containsEntry("name", map(only(tier, "Deployment"), "metadata").get("name"));
    assertThat(map(only(tier, "Deployment"), "spec")).as("the autoscaler's").doesNotContainKey("replicas");
    assertThat(map(proxyOf(podOf(tier)), "resources", "requests")).as("what the autoscaler compares with").containsKey("cpu");
    assertThat(maps(proxyOf(podOf(tier)), "ports").stream().filter(port -> "postgresql".equals(port.get("name"))).map(port -> port.get("containerPort")))
        .containsExactly(settings(tier).listen().port());
    Sources.topology(String.valueOf(map(only(tier, "ConfigMap"), "data").get("topology.yaml")), "topology.yaml");
  }

  @Test
  void theSidecarIsOneAndItsApplicationAloneReachesIt() throws UnknownHostException {
    List<Map<String, Object>> documents = file("sidecar.yaml");
    assertThat(proxyOf(podOf(documents))).containsEntry("restartPolicy", "Always");
    assertThat(InetAddress.getByName(settings(documents).listen().host()).isLoopbackAddress()).isTrue();
    List<Map<String, Object>> environment = maps(maps(podOf(documents), "containers").getFirst(), "env");
    assertThat(environment).contains(
        Map.of("name", "PGHOST", "value", settings(documents).listen().host()), Map.of("name", "PGPORT", "value", Integer.toString(settings(documents).listen().port())));
    assertThat(settings(documents).directory()).isEqualTo(settings(file("proxies.yaml")).directory());
  }
}
