/** A `QueueRow` (queue-state.ts). */
export const selectQueue = `
  SELECT queues.*, users.username AS owner_name
  FROM queues JOIN users ON users.id = queues.owner_id`
