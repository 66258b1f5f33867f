/** Adds jobs: actions on many requests and forks that are under way (store/jobs/job.ts). */
export const sql = `
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  queue_number INTEGER NOT NULL,
  owner_id TEXT NOT NULL,
  task TEXT NOT NULL,
  state TEXT NOT NULL,
  cursor TEXT NOT NULL,
  matched INTEGER NOT NULL,
  done INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  problem TEXT
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner_id, started_at);
CREATE INDEX jobs_by_queue ON jobs (queue_number);
CREATE INDEX jobs_by_end ON jobs (ended_at);
`
