/** Adds what was done in each queue over time (store/series/figure-columns.ts). */
export const sql = `
-- at: the second since 1970 in which the step begins.
CREATE TABLE queue_figures (
  queue_id text COLLATE "C" NOT NULL,
  step_secs integer NOT NULL,
  at bigint NOT NULL,
  added integer NOT NULL,
  handed_out integer NOT NULL,
  handled integer NOT NULL,
  given_back integer NOT NULL,
  ran_out integer NOT NULL,
  failed integer NOT NULL,
  pending_change integer NOT NULL,
  locked_change integer NOT NULL,
  PRIMARY KEY (queue_id, step_secs, at)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
-- Finds rows that are too old, and the queues in which something has happened.
CREATE INDEX queue_figures_by_time ON queue_figures (step_secs, at);
`
