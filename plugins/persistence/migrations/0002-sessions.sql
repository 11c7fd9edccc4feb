-- One row for each life of a session (a session that was deleted and created again has two): its events, folded up to
-- `version`. What lies above a gap in the versions is not folded yet.
CREATE TABLE sessions (
  session_id    text COLLATE "C" NOT NULL,
  epoch         bigint NOT NULL,
  version       integer NOT NULL DEFAULT 0,
  first_version integer,
  sync_mode     text,
  status        text,
  cycles        integer,
  metadata      jsonb,
  created_at    timestamptz,
  started_at    timestamptz,
  completed_at  timestamptz,
  deleted_at    timestamptz,
  updated_at    timestamptz,
  -- The state as the engine knows it; of a deleted session, the one before.
  state         jsonb,
  -- By participant: the time used by the turns that have ended, and the longest of them, in ms.
  turns         jsonb,
  PRIMARY KEY (session_id, epoch)
) WITH (fillfactor = 70);

-- For restore.
CREATE INDEX sessions_open ON sessions (session_id) WHERE deleted_at IS NULL AND completed_at IS NULL;

CREATE TABLE participants (
  session_id        text COLLATE "C" NOT NULL,
  epoch             bigint NOT NULL,
  participant_id    text COLLATE "C" NOT NULL,
  participant_index integer NOT NULL,
  group_id          text COLLATE "C",
  turns             integer NOT NULL,
  time_used_ms      bigint NOT NULL,
  longest_turn_ms   bigint NOT NULL,
  average_turn_ms   double precision,
  overtime_ms       bigint NOT NULL,
  PRIMARY KEY (session_id, epoch, participant_id),
  FOREIGN KEY (session_id, epoch) REFERENCES sessions ON DELETE CASCADE
) WITH (fillfactor = 70);

-- The state now and then, so that a page of the history need not be folded from the beginning.
CREATE TABLE session_snapshots (
  session_id text COLLATE "C" NOT NULL,
  epoch      bigint NOT NULL,
  version    integer NOT NULL,
  state      jsonb NOT NULL,
  PRIMARY KEY (session_id, epoch, version),
  FOREIGN KEY (session_id, epoch) REFERENCES sessions ON DELETE CASCADE
);

-- The events of sessions as columns, for those who ask in SQL.
CREATE VIEW session_events AS
SELECT e.key AS session_id, e.epoch, e.version, e.type, e.at,
       e.data ->> 'participant_id' AS participant_id,
       e.data ->> 'expired_participant_id' AS expired_participant_id,
       (p.participant ->> 'time_remaining_ms')::bigint AS time_remaining_ms,
       (p.participant ->> 'time_used_ms')::bigint AS time_used_ms,
       e.data -> 'changes' AS changes, e.data -> 'participants' AS participants, e.written_at
  FROM events e
  LEFT JOIN LATERAL (
    SELECT participant FROM jsonb_array_elements(e.data -> 'participants') AS each (participant)
     WHERE participant ->> 'participant_id' = e.data ->> 'participant_id'
  ) p ON true
 WHERE e.topic = 'sessions';
