/** Adds which queues were deleted in the last minute, for those who watch them. */
export const sql = `
CREATE TABLE deleted_queues (
  deleted_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  PRIMARY KEY (deleted_at, id)
) STRICT, WITHOUT ROWID;
`
