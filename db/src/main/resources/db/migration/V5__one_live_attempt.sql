-- Spring Batch checks by reading whether an execution of an instance runs; two processes can both see
-- none. The index lets only one of them in.
create unique index one_live_execution on batch.batch_job_execution (job_instance_id)
  where end_time is null;
