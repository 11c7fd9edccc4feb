-- The audit log: every accepted change, once. `data` is null for an event that PostgreSQL refused; the event itself is
-- then in the dead-letter queue.
--
-- Not partitioned by month: everything is asked by (topic, key), which would have to look into every partition, the
-- primary key would need the instant in it and so no longer prevent doubles, and retention goes by record, whose life
-- may span months. Retention deletes in small batches instead, and autovacuum gives the space back.
CREATE TABLE events (
  topic      text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  epoch      bigint NOT NULL,
  version    integer NOT NULL,
  type       text COLLATE "C" NOT NULL,
  at         timestamptz NOT NULL,
  data       jsonb,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, key, epoch, version)
);

-- For retention.
CREATE INDEX events_at ON events (at);
