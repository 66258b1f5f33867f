/** Adds what was done in each queue over time (store/series/figure-columns.ts). */
export const sql = `
-- at: the second since 1970 in which the step begins.
CREATE TABLE queue_figures (
  queue_number INTEGER NOT NULL,
  step_secs INTEGER NOT NULL,
  at INTEGER NOT NULL,
  added INTEGER NOT NULL,
  handed_out INTEGER NOT NULL,
  handled INTEGER NOT NULL,
  given_back INTEGER NOT NULL,
  ran_out INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  pending_change INTEGER NOT NULL,
  locked_change INTEGER NOT NULL,
  PRIMARY KEY (queue_number, step_secs, at)
) STRICT, WITHOUT ROWID;
-- Finds rows that are too old, and the queues in which something has happened.
CREATE INDEX queue_figures_by_time ON queue_figures (step_secs, at);
`
