-- Sources, reference packs and models. Written by bessemer.db.catalogue. Files lie on the disk of the
-- conversion service; a row names a directory only after it is complete there.

create table source (
  id         uuid primary key default uuidv7(),
  kind       text        not null check (kind in ('source', 'reference')),
  name       text        not null,
  tenant     text        not null default 'default',
  sha256     text        not null,  -- over the sorted list of files: the same files are the same source
  complete   boolean     not null default false,
  created_at timestamptz not null default now(),
  unique (tenant, kind, sha256)
);

create table source_file (
  source_id uuid    not null references source on delete cascade,
  file      text    not null,
  bytes     bigint  not null,
  sha256    text    not null,
  complete  boolean not null default false,
  primary key (source_id, file)
);

create table model (
  name         text primary key,
  version      uuid        not null unique,
  tenant       text        not null default 'default',
  directory    text        not null,  -- below the catalogue's root
  format       text        not null,
  architecture text        not null,
  precision    text        not null,
  state        text        not null,
  bytes        bigint      not null,
  lineage      jsonb       not null,
  job_id       uuid references job on delete set null,
  created_at   timestamptz not null default now()
);

create table model_file (
  model_name text   not null references model on delete cascade,
  file       text   not null,
  bytes      bigint not null,
  sha256     text   not null,
  primary key (model_name, file)
);
