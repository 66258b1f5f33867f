/**
 * Measures how long other calls wait while one call runs on very much data: `node bench/waits.ts
 * sqlite|postgres [PART OF A NAME]`. While the call runs, one caller adds requests to the same queue, another
 * one to a different queue, and a third one reads. The output is the longest wait of each in milliseconds,
 * and the wait of the first one when nothing else runs. Of three rounds the least counts, because other
 * programs on the machine only add to it.
 */
import { randomText, requestIdOf } from '../src/domain/identity.ts'
import type { Store } from '../src/store/store.ts'
import { cases, type QueueById } from './waits/cases.ts'
import { openPostgres, openSqlite } from './waits/places.ts'

const day = 86_400_000
const idleMs = 1000
const rounds = 3
const client = { clientKey: 'other', runId: null }

interface Round {
  readonly tookMs: number
  readonly failed: unknown
  readonly waits: Readonly<Record<string, readonly number[]>>
}

/** The waits of each caller while `work` ran, in milliseconds, ascending. */
async function waitsDuring(
  callers: Readonly<Record<string, () => Promise<unknown>>>,
  work: () => Promise<unknown>,
): Promise<Round> {
  let isOver = false
  const entries = Object.entries(callers).map(async ([name, call]) => {
    const waits: number[] = []
    while (!isOver) {
      const before = performance.now()
      await call()
      waits.push(performance.now() - before)
      await new Promise((done) => setImmediate(done))
    }
    return [name, waits.sort((a, b) => a - b)] as const
  })
  await new Promise((done) => setTimeout(done, 50))
  const before = performance.now()
  // A call that fails has made the others wait too.
  const failed = await work().then(
    () => null,
    (error: unknown) => error,
  )
  const tookMs = performance.now() - before
  isOver = true
  return { tookMs, failed, waits: Object.fromEntries(await Promise.all(entries)) }
}

/** The least of several rounds, which is the one that other programs disturbed least. */
function leastOf(rounds: readonly Round['waits'][], name: string): string {
  const longest = rounds.map((round) => round[name]!.at(-1)!)
  return Math.min(...longest).toFixed(1)
}

async function measure(kind: string, part: string): Promise<void> {
  const chosen = cases.filter(({ name }) => name.includes(part))
  const opened = await (kind === 'postgres' ? openPostgres : openSqlite)(chosen.length * rounds + 1)
  const { filler, userId, manyId, queueIds, open, close } = opened
  const queueOf = (index: number, round: number) => queueIds[index * rounds + round]!
  const elsewhere = queueIds.at(-1)!
  try {
    if (chosen.some(({ rows }) => rows === undefined)) {
      await filler.queues(manyId, 300_000, Date.now() - 2 * day)
    }
    for (const [index, { rows = [] }] of chosen.entries()) {
      for (let round = 0; round < rounds; round++) {
        for (const ask of rows) await filler.rows({ queueId: queueOf(index, round), ...ask })
      }
    }
    await filler.finish()
    const store = await open()
    try {
      console.log(`| ${kind} | took | same queue | other queue | read | idle |`)
      console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
      for (const [index, { name, run }] of chosen.entries()) {
        const busy: Round[] = []
        const idle: Round[] = []
        for (let round = 0; round < rounds; round++) {
          const ask = { userId, queue: { queueId: queueOf(index, round) } }
          const callers = {
            same: addTo(store, ask),
            other: addTo(store, { userId, queue: { queueId: elsewhere } }),
            read: readFrom(store, { userId, queue: { queueId: elsewhere } }),
          }
          idle.push(await waitsDuring(callers, () => new Promise((done) => setTimeout(done, idleMs))))
          busy.push(await waitsDuring(callers, () => run(store, ask, manyId)))
        }
        const took = Math.min(...busy.map(({ tookMs }) => tookMs)).toFixed(0)
        const failed = busy.find((round) => round.failed !== null)
        const [same, other, read] = ['same', 'other', 'read'].map((caller) =>
          leastOf(
            busy.map(({ waits }) => waits),
            caller,
          ),
        )
        const quiet = leastOf(
          idle.map(({ waits }) => waits),
          'same',
        )
        const end = failed === undefined ? '' : `, failed: ${failed.failed}`
        console.log(`| ${name} | ${took}${end} | ${same} | ${other} | ${read} | ${quiet} |`)
      }
    } finally {
      await store.close()
    }
  } finally {
    await close()
  }
}

function addTo(store: Store, ask: QueueById): () => Promise<void> {
  return async () => {
    const uniqueKey = `https://example.com/${randomText(12)}`
    const request = { id: requestIdOf(uniqueKey), uniqueKey, url: uniqueKey, method: 'GET', retryCount: 0 }
    const requests = [{ ...request, handledAt: null, otherFields: '' }]
    await store
      .addRequests({ ...ask, client, side: 'end', requests })
      // The queue may be deleted.
      .catch(() => new Promise((done) => setTimeout(done, 5)))
  }
}

function readFrom(store: Store, ask: QueueById): () => Promise<void> {
  return async () => {
    await store.getRequest({ ...ask, requestId: 'none' }).catch(() => {})
    // The pause keeps the reader from using a whole core.
    await new Promise((done) => setTimeout(done, 1))
  }
}

await measure(process.argv[2] ?? 'sqlite', process.argv[3] ?? '')
