import { queueColumnToRead, queueNames } from '../../columns/queues.ts'

/** Selects a `LoadedQueueRow` (queue-state.ts) as SQLite stores it. */
export const selectQueue = `
  SELECT queues.number, ${queueNames.map(queueColumnToRead).join(', ')}, users.username AS owner_name
  FROM queues JOIN users ON users.id = queues.owner_id`
