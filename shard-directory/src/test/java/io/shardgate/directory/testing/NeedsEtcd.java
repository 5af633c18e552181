package io.shardgate.directory.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Tests that start etcd. Where none can be had they are skipped, and say so loudly; with `CI=true` that is a failure.
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsEtcd.Condition.class)
public @interface NeedsEtcd {
  /// Whether they run.
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      boolean found = EtcdBinary.find().isPresent();
      return evaluate(found, "true".equals(System.getenv("CI")), context.getDisplayName() + " needs one: " + EtcdBinary.tried());
    }

    static ConditionEvaluationResult evaluate(boolean found, boolean mustRun, String tests) {
      if (found) {
        return ConditionEvaluationResult.enabled("etcd is there");
      }
      String reason = "NO ETCD: " + tests;
      if (mustRun) {
        throw new IllegalStateException(reason);
      }
      System.err.println("\n!!! SKIPPED, " + reason + "\n");
      return ConditionEvaluationResult.disabled(reason);
    }
  }
}
