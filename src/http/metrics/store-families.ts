import type { QueueCounts, StoreState } from '../../store/params/state.ts'
import { type MetricFamily, type NumberFamily, numberOf } from './metric-family.ts'

/** @param state null: the store did not answer */
export function storeFamilies(state: StoreState | null): MetricFamily[] {
  const up = numberOf(
    'gauge',
    'headlock_store_up',
    'Whether the store answers: 1 or 0.',
    state === null ? 0 : 1,
  )
  if (state === null) return [up]
  const { sizeBytes, walBytes, disk } = state
  return [
    up,
    ...known('headlock_store_bytes', 'What the data takes on the disk, without the log.', sizeBytes),
    ...known('headlock_wal_bytes', 'The write-ahead log of the embedded store.', walBytes),
    ...known('headlock_disk_free_bytes', 'Free space on the disk of the data directory.', disk?.freeBytes),
    ...known('headlock_disk_size_bytes', 'Size of the disk of the data directory.', disk?.totalBytes),
  ]
}

function known(name: string, help: string, value: number | null | undefined): MetricFamily[] {
  return value == null ? [] : [numberOf('gauge', name, help, value)]
}

/** The counts of some queues. Without queues the families are there, empty. */
export function queueFamilies(queues: readonly QueueCounts[]): NumberFamily[] {
  const family = (name: string, help: string, read: (queue: QueueCounts) => number): NumberFamily => ({
    kind: 'gauge',
    name,
    help,
    // The ID keeps series apart whose queues have swapped their names between two scrapes.
    samples: queues.map((queue) => ({
      labels: { queue: queue.name, owner: queue.ownerName, queue_id: queue.id },
      value: read(queue),
    })),
  })
  return [
    family(
      'headlock_queue_pending_requests',
      'Requests of a queue that are not handled, with those that are locked.',
      ({ totalRequestCount, handledRequestCount }) => totalRequestCount - handledRequestCount,
    ),
    family(
      'headlock_queue_handled_requests',
      'Requests of a queue that are handled.',
      ({ handledRequestCount }) => handledRequestCount,
    ),
    family(
      'headlock_queue_locked_requests',
      'Requests of a queue that are locked. They are pending too.',
      ({ lockedRequestCount }) => lockedRequestCount,
    ),
    family(
      'headlock_queue_modified_timestamp_seconds',
      'When a request or a lock of a queue last changed, in seconds since 1970.',
      ({ modifiedAt }) => modifiedAt / 1000,
    ),
  ]
}
