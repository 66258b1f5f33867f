/**
 * Damage to a database that no call can do: the SQL that does it, what verify reports, and whether repair can
 * undo it.
 */

export interface Damage {
  readonly name: string
  readonly sqls: readonly string[]
  readonly said: RegExp
  /** False where the rest of the database does not show what the right value was. */
  readonly canBeRepaired: boolean
}

const one = (condition: string) => `id = (SELECT min(id) FROM requests WHERE ${condition})`
const pending = 'handled_at IS NULL AND locked_by IS NULL'
const locked = 'locked_by IS NOT NULL'
const handled = 'handled_at IS NOT NULL'

/** Damage that the same SQL does to SQLite and PostgreSQL. */
export const damages: readonly Damage[] = [
  {
    name: 'the policy of a queue cannot be read',
    sqls: [`UPDATE queues SET policy = '{"rules": 1}'`],
    said: /the policy of a queue cannot be read: \w+/,
    canBeRepaired: false,
  },
  {
    name: 'the total is off by one',
    sqls: ['UPDATE queues SET total_count = total_count + 1'],
    said: /counts of the queue differ from its requests: \w+ \(total 13, there are 12\)/,
    canBeRepaired: true,
  },
  {
    name: 'the counts of handled requests and bytes are wrong',
    sqls: ['UPDATE queues SET handled_count = 0, storage_bytes = 7'],
    said: /handled 0, there are 4; bytes 7, there are \d+/,
    canBeRepaired: true,
  },
  {
    name: 'a row is missing',
    sqls: [`DELETE FROM requests WHERE ${one(pending)}`],
    said: /total 12, there are 11/,
    canBeRepaired: true,
  },
  {
    name: 'the last sequence number is behind',
    sqls: ['UPDATE queues SET last_ticket = 2'],
    said: /last sequence number 2, a request has \d+/,
    canBeRepaired: true,
  },
  {
    name: 'a handled request has a place in the order',
    sqls: [`UPDATE requests SET available_at = 1, sequence = 1000 WHERE ${one(handled)}`],
    said: /both handled and in the order, or neither/,
    canBeRepaired: true,
  },
  {
    name: 'a handled request has a lock',
    sqls: [
      `UPDATE requests SET locked_by = 'x', lock_expires_at = 1, available_before = 1 WHERE ${one(handled)}`,
    ],
    said: /a handled request has a lock/,
    canBeRepaired: true,
  },
  {
    name: 'a pending request has no place',
    sqls: [`UPDATE requests SET available_at = NULL, sequence = NULL WHERE ${one(pending)}`],
    said: /both handled and in the order, or neither/,
    canBeRepaired: true,
  },
  {
    name: 'a request has no sequence number',
    sqls: [`UPDATE requests SET sequence = NULL WHERE ${one(pending)}`],
    said: /both handled and in the order, or neither/,
    canBeRepaired: true,
  },
  {
    name: 'a request has no sequence number, and the last sequence number is behind',
    sqls: ['UPDATE queues SET last_ticket = 7', `UPDATE requests SET sequence = NULL WHERE ${one(pending)}`],
    said: /both handled and in the order, or neither/,
    canBeRepaired: true,
  },
  {
    name: 'the two parts of a place are for different sides',
    sqls: [`UPDATE requests SET sequence = -sequence WHERE ${one(pending)}`],
    said: /different sides/,
    canBeRepaired: true,
  },
  {
    name: 'half of a lock is missing',
    sqls: [`UPDATE requests SET lock_expires_at = NULL WHERE ${one(locked)}`],
    said: /a lock is incomplete/,
    canBeRepaired: true,
  },
  {
    name: 'a lock has no holder',
    sqls: [`UPDATE requests SET locked_by = NULL WHERE ${one(locked)}`],
    said: /a lock is incomplete/,
    canBeRepaired: true,
  },
  {
    name: 'a locked request can be handed out',
    sqls: [`UPDATE requests SET available_at = available_before WHERE ${one(locked)}`],
    said: /the place of a request does not follow from its lock/,
    canBeRepaired: true,
  },
  {
    name: 'a request without a lock is available only in the far future',
    sqls: [`UPDATE requests SET available_at = 9000000000000 WHERE ${one(pending)}`],
    said: /a request that nobody holds waits for a moment that nobody asked for/,
    canBeRepaired: true,
  },
  {
    name: 'a request that can be handed out is scheduled',
    sqls: [`UPDATE requests SET scheduled_at = 9000000000000 WHERE ${one(pending)}`],
    said: /a request is scheduled for another moment than that of its place/,
    canBeRepaired: true,
  },
  {
    name: 'a locked request is scheduled',
    sqls: [`UPDATE requests SET scheduled_at = 9000000000000 WHERE ${one(locked)}`],
    said: /a request is scheduled for another moment than that of its place/,
    canBeRepaired: true,
  },
  {
    name: 'a handled request is scheduled',
    sqls: [`UPDATE requests SET scheduled_at = 1000 WHERE ${one(handled)}`],
    said: /a handled request is scheduled/,
    canBeRepaired: true,
  },
  {
    name: 'a request is scheduled for a moment that no clock will reach',
    sqls: [
      `UPDATE requests SET available_at = 900000000000000, scheduled_at = 900000000000000 WHERE ${one(pending)}`,
    ],
    said: /a request that nobody holds waits for a moment that nobody asked for/,
    canBeRepaired: true,
  },
  {
    name: 'two requests have the same sequence number',
    sqls: [
      `UPDATE requests SET sequence = (SELECT max(sequence) FROM requests WHERE ${locked}) WHERE ${one(pending)}`,
    ],
    said: /two requests share a rank in the order/,
    canBeRepaired: true,
  },
  {
    name: 'an ID is not that of the unique key',
    sqls: [`UPDATE requests SET id = '000000000000000' WHERE ${one(pending)}`],
    said: /the ID of a request does not correspond to its unique key: 000000000000000/,
    canBeRepaired: false,
  },
]

export const sqliteDamages: readonly Damage[] = [
  {
    name: 'a queue cannot be found by its name',
    sqls: ["UPDATE queues SET name_folded = 'other'"],
    said: /a queue cannot be found by its name/,
    canBeRepaired: true,
  },
  {
    name: 'a queue that is in use would be purged',
    sqls: ['INSERT INTO purges SELECT number FROM queues'],
    said: /exists and is about to be deleted/,
    canBeRepaired: true,
  },
  {
    name: 'requests of no queue',
    sqls: ['UPDATE requests SET queue_number = 77 WHERE number = 1'],
    said: /a request belongs to no queue/,
    canBeRepaired: false,
  },
]

export const postgresDamages: readonly Damage[] = [
  {
    name: 'a queue cannot be found by its name',
    sqls: ["UPDATE queue_names SET name_folded = 'other'"],
    said: /a name belongs to no queue of that name/,
    canBeRepaired: true,
  },
  {
    name: 'a queue that is in use would be purged',
    sqls: ['INSERT INTO purges SELECT queue_id FROM queues'],
    said: /exists and is about to be deleted/,
    canBeRepaired: true,
  },
  {
    name: 'searches for the head begin behind requests',
    sqls: ['UPDATE queues SET head_from_at = 9000000000000'],
    said: /has a place before the one where searches for the head begin/,
    canBeRepaired: true,
  },
  {
    name: 'requests of no queue',
    sqls: ["UPDATE requests SET queue_id = 'lost' WHERE id = (SELECT min(id) FROM requests)"],
    said: /a request belongs to no queue/,
    canBeRepaired: false,
  },
]
