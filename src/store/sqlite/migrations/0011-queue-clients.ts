/** Adds what the clients of each queue did (store/series/client-tally.ts). */
export const sql = `
-- run_id: empty for none. Locks that ran out are those that were handed out or taken back, and that neither ended nor live.
CREATE TABLE queue_clients (
  queue_number INTEGER NOT NULL,
  client_key TEXT NOT NULL,
  run_id TEXT NOT NULL,
  handed_out INTEGER NOT NULL,
  taken_back INTEGER NOT NULL,
  handled INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (queue_number, client_key, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_clients_by_time ON queue_clients (queue_number, last_seen_at);
`
