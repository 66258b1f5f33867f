/** What has to hold of a request whatever the database, as a query for what breaks it. */
export const requestInvariants: readonly { readonly finding: string; readonly sql: string }[] = [
  {
    finding: 'a request is both handled and in the order, or neither',
    sql: 'SELECT id FROM requests WHERE (handled_at IS NULL) <> (available_at IS NOT NULL AND sequence IS NOT NULL)',
  },
  {
    finding: 'a handled request has a lock',
    sql: 'SELECT id FROM requests WHERE handled_at IS NOT NULL AND locked_by IS NOT NULL',
  },
  {
    finding: 'a lock is incomplete',
    sql: `
      SELECT id FROM requests WHERE (locked_by IS NULL) <> (lock_expires_at IS NULL)
        OR (locked_by IS NULL) <> (available_before IS NULL)
        OR (locked_by IS NULL AND locked_run IS NOT NULL)`,
  },
  {
    finding: 'the two parts of a place are on different sides',
    sql: 'SELECT id FROM requests WHERE available_at IS NOT NULL AND (available_at < 0) <> (sequence < 0)',
  },
]
