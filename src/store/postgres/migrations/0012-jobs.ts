/** Adds jobs: actions on many requests and forks that are under way (store/jobs/job.ts). */
export const sql = `
CREATE TABLE jobs (
  queue_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  owner_id text COLLATE "C" NOT NULL,
  task text NOT NULL,
  state text NOT NULL,
  cursor text NOT NULL,
  matched bigint NOT NULL,
  done bigint NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint,
  problem text,
  PRIMARY KEY (queue_id, id)
);
CREATE INDEX jobs_by_owner ON jobs (owner_id, started_at);
CREATE INDEX jobs_by_end ON jobs (ended_at);
`
