/** A load process that uses the official client of the Apify API, apify-client. */
import { ApifyClient } from 'apify-client'
import { answerLoads } from '../load/answer-loads.ts'
import { clientKeyOf } from '../load/callers/caller.ts'
import { batchSize } from '../load/calls.ts'
import type { ShareOptions } from '../load/messages.ts'
import type { Numbers } from '../load/numbers.ts'
import { requestOf, urlOf } from '../load/requests.ts'
import { libraryLoad, type OpenLibrary, type Operation } from './library-load.ts'

const lockSecs = 600

type QueueClient = ReturnType<ApifyClient['requestQueue']>
type Locked = Awaited<ReturnType<QueueClient['listAndLockHead']>>['items'][number]

answerLoads((ask) => libraryLoad(ask, open))

async function open({ workload, target }: ShareOptions, newNumbers: Numbers): Promise<OpenLibrary> {
  const { ports, token, queueId } = target
  const client = new ApifyClient({ baseUrl: `http://127.0.0.1:${ports[0]}`, token, maxRetries: 0 })
  const queueOf = (number: number) => client.requestQueue(queueId, { clientKey: clientKeyOf(number) })
  const newRequest = () => {
    const url = urlOf(newNumbers.next())
    return { ...requestOf(url), url, uniqueKey: url }
  }
  const drains = new Map<number, Operation>()
  const operationFor = (number: number): Operation => {
    const queue = queueOf(number)
    switch (workload) {
      case 'single-add':
        return async () => {
          await queue.addRequest(newRequest())
          return 1
        }
      case 'batch-add':
        return async () => {
          const requests = Array.from({ length: batchSize }, newRequest)
          return (await queue.batchAddRequests(requests)).processedRequests.length
        }
      case 'drain': {
        const drain = drains.get(number) ?? drainOf(queue)
        drains.set(number, drain)
        return drain
      }
      default:
        throw new Error(`apify-client has no ${workload} here`)
    }
  }
  return { operationFor, close: async () => {} }
}

/** Marks what the client has locked. The loop that finds nothing left locks, and the others wait for it. */
function drainOf(queue: QueueClient): Operation {
  let held: Locked[] = []
  let isEmpty = false
  let locking: Promise<void> | null = null
  const lock = async () => {
    held = (await queue.listAndLockHead({ limit: batchSize, lockSecs })).items
    isEmpty = held.length === 0
    locking = null
  }
  return async () => {
    while (held.length === 0) {
      if (isEmpty) return null
      locking ??= lock()
      await locking
    }
    const { id, url, uniqueKey } = held.pop()!
    await queue.updateRequest({ ...requestOf(url), id, url, uniqueKey, handledAt: new Date().toISOString() })
    return 1
  }
}
