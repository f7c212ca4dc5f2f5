package bessemer.conversion.job;

import bessemer.db.work.Lease;
import bessemer.foundry.Progress;

/// Tells a job of the work's progress, and the work when to stop.
record LeaseProgress(Lease lease) implements Progress {
  @Override
  public void step(String name) {
    lease.step(name, 0);
  }

  @Override
  public void total(long bytes) {
    lease.total(bytes);
  }

  @Override
  public void advance(long bytes) {
    lease.advance(bytes);
  }

  @Override
  public void note(String line) {
    lease.note(line);
  }
}
