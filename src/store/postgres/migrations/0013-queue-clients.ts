/** Adds what the clients of each queue did (store/series/client-tally.ts). */
export const sql = `
-- run_id: empty for none. Locks that ran out are those that were handed out or taken back, and that neither ended nor live.
CREATE TABLE queue_clients (
  queue_id text COLLATE "C" NOT NULL,
  client_key text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  handed_out bigint NOT NULL,
  taken_back bigint NOT NULL,
  handled bigint NOT NULL,
  ended bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  PRIMARY KEY (queue_id, client_key, run_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX queue_clients_by_time ON queue_clients (queue_id, last_seen_at);
`
