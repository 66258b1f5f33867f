/** Clients that work on a queue, and others beside them. It measures how long each call takes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { randomText, requestIdOf } from '../../src/domain/identity.ts'
import type { Store } from '../../src/store/store.ts'
import type { QueueById } from '../waits/cases.ts'
import { nowMs } from './recording.ts'
import { Waits } from './waits.ts'

const workerCount = 16
/** A client fetches pages in between. */
const workMs = 20
const lockMs = 600_000

/**
 * Sixteen clients lock requests of one queue and mark them as handled. Beside them, a lone caller adds to the same queue,
 * another one adds to another queue, and a third one reads there.
 *
 * @returns every call that was made until `work` was done
 */
export async function waitsDuring(
  store: Store,
  ask: QueueById,
  elsewhere: QueueById,
  work: () => Promise<unknown>,
): Promise<Waits> {
  const waits = new Waits()
  let isOver = false
  const timed = async <Answer>(call: string, make: () => Promise<Answer>): Promise<Answer> => {
    const beginMs = nowMs()
    const answer = await make()
    waits.add(call, beginMs, nowMs())
    return answer
  }
  const worker = async (index: number) => {
    const client = { clientKey: `worker-${index}`, runId: null }
    while (!isOver) {
      const { items } = await timed('head/lock, same queue', () =>
        store.lockHead({ ...ask, client, limit: 25, lockMs }),
      )
      for (const item of items) {
        const request = { ...item, handledAt: Date.now(), otherFields: '' }
        await timed('mark handled, same queue', () =>
          store.updateRequest({ ...ask, client, request, side: 'end' }),
        )
      }
      await sleep(workMs)
    }
  }
  const bystander = async (call: string, make: () => Promise<unknown>) => {
    while (!isOver) {
      await timed(call, make)
      await sleep(1)
    }
  }
  const all = [
    ...Array.from({ length: workerCount }, (_, index) => worker(index)),
    bystander('add, same queue', () => addTo(store, ask)),
    bystander('add, other queue', () => addTo(store, elsewhere)),
    // There is no such request, which is an error.
    bystander('get, other queue', () =>
      store.getRequest({ ...elsewhere, requestId: 'none' }).catch(() => {}),
    ),
  ]
  try {
    await work()
  } finally {
    isOver = true
    await Promise.all(all)
  }
  return waits
}

function addTo(store: Store, ask: QueueById): Promise<unknown> {
  const client = { clientKey: 'bystander', runId: null }
  const uniqueKey = `https://example.com/${randomText(12)}`
  const request = { id: requestIdOf(uniqueKey), uniqueKey, url: uniqueKey, method: 'GET', retryCount: 0 }
  const requests = [{ ...request, handledAt: null, otherFields: '' }]
  return store.addRequests({ ...ask, client, side: 'end', requests })
}
