-- Jobs, their attempts and what became of them. Written by bessemer.db.jobs.

create table job (
  id              uuid primary key default gen_random_uuid(),  -- its first digits tell jobs apart
  kind            text        not null,
  capability      text        not null,
  spec            jsonb       not null,
  spec_sha256     text        not null,
  priority        smallint    not null default 0,
  state           text        not null default 'QUEUED' check (state in
                    ('QUEUED', 'RUNNING', 'RETRYING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  tenant          text        not null default 'default',
  idempotency_key text,
  created_by      text        not null,
  epoch           integer     not null default 0,
  -- falls with every attempt, is filled up by every shard: a job that kills its workers ends
  attempts_left   smallint    not null default 30,
  owner           text,
  waiting         text,
  progress        jsonb,
  error           text,
  result          jsonb       not null default '{}',
  last_event      bigint      not null default 0,
  last_log        bigint      not null default 0,
  created_at      timestamptz not null default now(),
  started_at      timestamptz,
  finished_at     timestamptz,
  unique (tenant, idempotency_key)
);
create index job_queue on job (kind, priority desc, created_at) where state in ('QUEUED', 'RETRYING');
create index job_newest on job (created_at desc, id desc);

-- Append-only. `seq` comes from job.last_event, so that it has no gaps and its order is the order in
-- which transactions commit.
create table job_event (
  job_id uuid        not null references job on delete cascade,
  seq    bigint      not null,
  epoch  integer     not null,
  type   text        not null,
  at     timestamptz not null default clock_timestamp(),
  data   jsonb       not null default '{}',
  primary key (job_id, seq)
);

-- Wakes whoever watches; sent when the transaction commits.
create function notify_job_event() returns trigger language plpgsql as $$
begin
  perform pg_notify('job_event', new.job_id::text);
  return null;
end $$;
create trigger job_event_notify after insert on job_event
  for each row execute function notify_job_event();

create table job_log (
  job_id uuid        not null references job on delete cascade,
  line   bigint      not null,
  epoch  integer     not null,
  at     timestamptz not null default clock_timestamp(),
  level  text        not null,
  text   text        not null,
  primary key (job_id, line)
);

create table metric_point (
  job_id uuid             not null references job on delete cascade,
  name   text             not null,
  step   bigint           not null,
  value  double precision not null,
  at     timestamptz      not null default clock_timestamp(),
  primary key (job_id, name, step)
);

-- The manifest of a conversion: the shards that are on the disk, with the attempt that wrote them.
create table job_shard (
  job_id      uuid        not null references job on delete cascade,
  plan_sha256 text        not null,
  file        text        not null,
  path        text        not null,
  bytes       bigint      not null,
  sha256      text        not null,
  epoch       integer     not null,
  at          timestamptz not null default clock_timestamp(),
  primary key (job_id, plan_sha256, file)
);

-- db-scheduler's table.
create table scheduled_tasks (
  task_name            text        not null,
  task_instance        text        not null,
  task_data            bytea,
  execution_time       timestamptz,
  picked               boolean     not null,
  picked_by            text,
  last_success         timestamptz,
  last_failure         timestamptz,
  consecutive_failures integer,
  last_heartbeat       timestamptz,
  version              bigint      not null,
  priority             smallint,
  state                text,
  primary key (task_name, task_instance)
);
create index scheduled_tasks_execution_time on scheduled_tasks (execution_time);
create index scheduled_tasks_last_heartbeat on scheduled_tasks (last_heartbeat);
create index scheduled_tasks_priority on scheduled_tasks (priority desc, execution_time);
