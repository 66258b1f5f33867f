/** A load process that uses BullMQ. The queue of the target is the name of a queue, its port that of Redis. */
import { answerLoads } from '../load/answer-loads.ts'
import { batchSize } from '../load/calls.ts'
import type { ShareOptions } from '../load/messages.ts'
import type { Numbers } from '../load/numbers.ts'
import { requestOf, urlOf } from '../load/requests.ts'
import { type Job, type JobToAdd, loadBullMq } from './bullmq-library.ts'
import { libraryLoad, type OpenLibrary, type Operation } from './library-load.ts'

const library = await loadBullMq()

answerLoads((ask) => libraryLoad(ask, open))

async function open({ workload, target, share }: ShareOptions, newNumbers: Numbers): Promise<OpenLibrary> {
  const connection = { host: '127.0.0.1', port: target.ports[0]!, maxRetriesPerRequest: null }
  const newJob = () => jobOf(newNumbers.next())
  if (workload === 'drain') return openDrain(target.queueId, connection, share.rest)
  // A queue uses one connection, and the library sends all calls of a turn of the event loop together.
  const queue = new library.Queue(target.queueId, { connection })
  const operations: Record<string, Operation> = {
    async 'single-add'() {
      const { name, data, opts } = newJob()
      await queue.add(name, data, opts)
      return 1
    },
    async 'batch-add'() {
      return (await queue.addBulk(Array.from({ length: batchSize }, newJob))).length
    },
  }
  const operation = operations[workload]
  if (operation === undefined) throw new Error(`BullMQ has no ${workload} here`)
  return { operationFor: () => operation, close: () => queue.close() }
}

/**
 * Each client is a worker, with its loops as its concurrency. A loop completes its job and takes the next one in
 * the same call, as workers do with a processor.
 */
function openDrain(
  name: string,
  connection: { host: string; port: number; maxRetriesPerRequest: null },
  process: number,
): OpenLibrary {
  const workers = new Map<number, InstanceType<typeof library.Worker>>()
  let loops = 0
  return {
    operationFor(client) {
      const worker = workers.get(client) ?? new library.Worker(name, null, { connection })
      workers.set(client, worker)
      // Each loop locks with a token of its own.
      const token = `${process}-${loops++}`
      let job: Job | undefined
      return async () => {
        if (job === undefined) {
          job = await worker.getNextJob(token, { block: false })
          return job === undefined ? null : 0
        }
        const [data, id] = (await job.moveToCompleted('done', token, true)) ?? []
        job = data ? library.Job.fromJSON(worker, data, id) : undefined
        return 1
      }
    },
    close: async () => {
      await Promise.all([...workers.values()].map((worker) => worker.close()))
    },
  }
}

/** The content of a request, under an ID, so that a second add of it does nothing, as with us. */
function jobOf(number: number): JobToAdd {
  return { name: 'page', data: requestOf(urlOf(number)), opts: { jobId: `page-${number}` } }
}
