/** Random calls on a queue of a store and of the oracle. */
import assert from 'node:assert/strict'
import { content } from '../conversation.ts'
import type { Random } from '../random.ts'
import type { Scene } from '../scene.ts'
import type { MemoryStore } from './memory-store.ts'

interface InQueue {
  readonly userId: string
  readonly queue: { readonly queueId: string }
}

/** The same call on the store and on the oracle. */
export async function randomCall(
  { store, user, queue, clock }: Pick<Scene, 'store' | 'user' | 'queue' | 'clock'>,
  oracle: MemoryStore,
  inOracle: InQueue,
  random: Random,
): Promise<void> {
  const client = { clientKey: `client-${random.between(1, 3)}`, runId: null }
  const key = () => `page-${random.between(1, 40)}`
  const both = async (call: (store: typeof oracle, ask: InQueue) => Promise<unknown>) => {
    const own = { userId: user.id, queue: queue.queue as { queueId: string } }
    const outcomes = await Promise.all([
      call(store as unknown as typeof oracle, own).then(() => 'done', errorNameOf),
      call(oracle, inOracle).then(() => 'done', errorNameOf),
    ])
    assert.equal(outcomes[0], outcomes[1])
  }
  const lockMs = random.between(1, 200) * 500
  const handledAt = random.between(0, 2) === 0 ? null : clock.wallMs()
  const otherFields = random.between(0, 3) === 0 ? '"errorMessages":["boom"]' : ''
  const request = content(key(), { handledAt, otherFields, retryCount: random.between(0, 3) })
  const requestId = content(key()).id
  switch (random.between(0, 8)) {
    case 0:
    case 1: {
      const requests = Array.from({ length: random.between(1, 10) }, () => content(key()))
      return both((store, ask) => store.addRequests({ ...ask, client, requests, side: 'end' }))
    }
    case 2:
    case 3: {
      const limit = random.between(1, 10)
      return both((store, ask) => store.lockHead({ ...ask, client, lockMs, limit }))
    }
    case 4:
    case 5:
      return both((store, ask) => store.updateRequest({ ...ask, client, request, side: 'end' }))
    case 6:
      return both((store, ask) => store.prolongLock({ ...ask, client, requestId, lockMs, side: undefined }))
    case 7:
      return random.between(0, 3) === 0
        ? both((store, ask) => store.unlockRequests({ ...ask, client, hasClientKey: true }))
        : both((store, ask) => store.deleteLock({ ...ask, client, requestId, side: 'end' }))
    default:
      return both((store, ask) => store.deleteRequest({ ...ask, client, requestId }))
  }
}

function errorNameOf(error: { errorName?: string }): string {
  return error.errorName ?? String(error)
}
