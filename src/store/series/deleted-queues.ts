/** Those who watch queues are told of each that is deleted (14.8). */

/** For how long a deleted queue is told. */
export const deletedShownMs = 15_000
/** For how long its ID is kept. */
export const deletedKeptMs = 60_000
/** How many are told at most, the latest first. */
export const deletedShownMax = 1000
