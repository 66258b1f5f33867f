/** Adds which queues were deleted in the last minute, for those who watch them. */
export const sql = `
CREATE TABLE deleted_queues (
  queue_id text COLLATE "C" NOT NULL,
  owner_id text COLLATE "C" NOT NULL,
  deleted_at bigint NOT NULL,
  PRIMARY KEY (queue_id)
);
CREATE INDEX deleted_queues_by_time ON deleted_queues (deleted_at);
`
