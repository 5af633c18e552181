package io.shardgate.router.analyze;

import io.shardgate.router.Refusal;
import io.shardgate.router.plan.Plan;

/// The way out of an analysis that has met what it can't prove. Has no stack trace: it is an answer, not a fault.
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Plan.Refuse refuse;

  public RefusedException(Refusal refusal, Object... names) {
    super(refusal.id(), null, false, false);
    refuse = refusal.of(names);
  }

  RefusedException(Plan.Refuse refuse) {
    super(refuse.refusal().id(), null, false, false);
    this.refuse = refuse;
  }

  RefusedException(Standing.Barred barred) {
    this(barred.refusal(), barred.what());
  }

  public Plan.Refuse refuse() {
    return refuse;
  }
}
