import { queueColumnToRead, queueNames } from '../../columns/queues.ts'

/** A `LoadedQueueRow` (queue-state.ts), as SQLite has it. */
export const selectQueue = `
  SELECT queues.number, ${queueNames.map(queueColumnToRead).join(', ')}, users.username AS owner_name
  FROM queues JOIN users ON users.id = queues.owner_id`
