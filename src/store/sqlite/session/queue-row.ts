import { queueColumnsWith } from '../../queue-state.ts'

/** A `QueueRow` (queue-state.ts). */
export const selectQueue = `
  SELECT ${queueColumnsWith({ id: true })}, users.username AS owner_name
  FROM queues JOIN users ON users.id = queues.owner_id`
