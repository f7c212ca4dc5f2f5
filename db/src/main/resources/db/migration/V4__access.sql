-- Keys, sessions of the dashboard and workers. Written by bessemer.db.access and bessemer.db.workers.

create table api_key (
  id           text primary key,
  name         text        not null,
  sha256       bytea       not null,  -- of the whole key; it has 190 random bits, so no slow hash
  scopes       text[]      not null,
  tenant       text        not null default 'default',
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

create table session (
  sha256     bytea primary key,  -- of the cookie's value
  key_id     text        not null references api_key on delete cascade,
  csrf       text        not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);

create table worker (
  id         text primary key,
  key_id     text references api_key on delete cascade,  -- null for workers that have the database
  beat       jsonb       not null,
  draining   boolean     not null default false,
  first_seen timestamptz not null default now(),
  last_seen  timestamptz not null default now()
);
