/**
 * How long others wait while one call runs that is about very much: `node bench/waits.ts sqlite|postgres [PART OF A NAME]`.
 * While it runs, one caller adds requests to the queue it is about, one after the other, another one to another queue, and
 * a third one reads. What is told, in milliseconds, is the longest that each of them waited, and what the first one waits when
 * nothing else runs; of three rounds the least, because other programs of the machine only add to it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { PostgresServer } from '../harness/postgres-server.ts'
import { randomText, requestIdOf } from '../src/domain/identity.ts'
import { openPostgresStore } from '../src/store/postgres/store.ts'
import { openWriter } from '../src/store/sqlite/file/database.ts'
import { databaseName } from '../src/store/sqlite/file/private-files.ts'
import { openSqliteStore } from '../src/store/sqlite/store.ts'
import type { Store } from '../src/store/store.ts'
import { type Filler, PostgresFiller, type RowsAsk, SqliteFiller } from './waits/fill.ts'

const day = 86_400_000
const idleMs = 1000
const rounds = 3
const holder = { clientKey: 'holder', runId: null }
const other = { clientKey: 'other', runId: null }

interface Case {
  readonly name: string
  readonly rows?: readonly Omit<RowsAsk, 'queueId'>[]
  run(store: Store, ask: { userId: string; queue: { queueId: string } }, manyId: string): Promise<unknown>
}

const many = { desc: false, ownership: null, limit: 1000 } as const

const cases: readonly Case[] = [
  {
    name: 'unlock 200,000',
    rows: [{ count: 200_000, what: 'locked' }],
    run: (store, ask) => store.unlockRequests({ ...ask, client: holder, hasClientKey: true }),
  },
  {
    name: 'unlock 300 of 1 MB',
    rows: [{ count: 300, what: 'locked', contentBytes: 1_000_000 }],
    run: (store, ask) => store.unlockRequests({ ...ask, client: holder, hasClientKey: true }),
  },
  {
    name: 'head/lock, 200,000 locks that ran out',
    rows: [{ count: 200_000, what: 'expired' }],
    run: (store, ask) => store.lockHead({ ...ask, client: other, limit: 25, lockMs: 60_000 }),
  },
  {
    name: 'head/lock of 25 of 9 MB',
    rows: [{ count: 30, what: 'pending', contentBytes: 9_000_000 }],
    run: (store, ask) => store.lockHead({ ...ask, client: other, limit: 25, lockMs: 60_000 }),
  },
  {
    name: 'head of 1,000, 200,000 locked before',
    rows: [
      { count: 200_000, what: 'locked' },
      { count: 2_000, what: 'pending' },
    ],
    run: (store, ask) => store.listHead({ ...ask, client: other, limit: 1000 }),
  },
  {
    name: 'head of long addresses, 60 MB',
    rows: [{ count: 100, what: 'pending', urlBytes: 400_000 }],
    run: (store, ask) => store.listHead({ ...ask, client: other, limit: 1000 }),
  },
  {
    name: 'list pending behind 1 million handled',
    rows: [
      { count: 1_000_000, what: 'handled', idPrefix: '0' },
      { count: 20_000, what: 'pending', idPrefix: 'z' },
    ],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 1000, afterId: null, filter: ['pending'] }),
  },
  {
    name: 'list locked, 200,000',
    rows: [{ count: 200_000, what: 'locked' }],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 10_000, afterId: null, filter: ['locked'] }),
  },
  {
    name: 'list, 30 small ones and 60 of 4 MB',
    rows: [
      { count: 30, what: 'pending', idPrefix: '00' },
      { count: 60, what: 'pending', idPrefix: '01', contentBytes: 4_000_000 },
    ],
    run: (store, ask) =>
      store.listRequests({ ...ask, client: other, limit: 1000, afterId: null, filter: null }),
  },
  {
    name: 'delete a queue of 500,000, and its purge',
    rows: [{ count: 500_000, what: 'pending' }],
    run: deleteQueue,
  },
  {
    name: 'delete a queue of 400 of 1 MB, and its purge',
    rows: [{ count: 400, what: 'pending', contentBytes: 1_000_000 }],
    run: deleteQueue,
  },
  {
    name: 'delete 25 requests of 9 MB',
    rows: [{ count: 25, what: 'pending', urlBytes: 22, contentBytes: 9_000_000 }],
    async run(store, ask) {
      const { items } = await store.listHead({ ...ask, client: other, limit: 25 })
      await store.deleteRequests({ ...ask, client: other, requestIds: items.map(({ id }) => id) })
    },
  },
  {
    name: 'list queues, the first 1,000 of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 0, unnamed: true }),
  },
  {
    name: 'list queues, the last 1,000 of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 299_000, unnamed: true }),
  },
  {
    name: 'list queues, the last named of 300,000',
    run: (store, _, userId) => store.listQueues({ userId, ...many, offset: 149_000, unnamed: false }),
  },
  {
    name: 'look at 20,000 queues, and save that',
    async run(store, _, userId) {
      for (let offset = 0; offset < 20_000; offset += 1000) {
        const { items } = await store.listQueues({ userId, ...many, offset, unnamed: true })
        await Promise.all(
          items.map(({ id }) => store.listHead({ userId, queue: { queueId: id }, client: other, limit: 1 })),
        )
      }
      await new Promise((done) => setTimeout(done, 2500))
    },
  },
  { name: 'expire queues, none of 300,000', run: (store) => expireAll(store, 10 * day) },
  { name: 'expire queues, 150,000 of 300,000', run: (store) => expireAll(store, day, 20_000) },
]

async function deleteQueue(store: Store, ask: { userId: string; queue: { queueId: string } }): Promise<void> {
  await store.deleteQueue(ask)
  await new Promise((done) => setTimeout(done, 4000))
}

/** So many at the most; the others would take long and show nothing new. */
async function expireAll(
  store: Store,
  retentionMs: number,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let expired = 0
  for (;;) {
    const some = await store.expireQueues({ retentionMs })
    expired += some
    if (some === 0 || expired >= most) return expired
  }
}

interface Opened extends Made {
  readonly filler: Filler
  open(): Promise<Store>
  close(): Promise<void>
}

async function openSqlite(queueCount: number): Promise<Opened> {
  const directory = mkdtempSync(join(process.env['HEADLOCK_BENCH_DIRECTORY'] ?? tmpdir(), 'headlock-waits-'))
  const open = () => openSqliteStore({ directory })
  const made = await makeQueues(open, queueCount)
  const db = openWriter(join(directory, databaseName))
  return {
    ...made,
    filler: new SqliteFiller(db),
    async open() {
      db.close()
      return open()
    },
    async close() {
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function openPostgres(queueCount: number): Promise<Opened> {
  const server = await PostgresServer.start()
  const open = () => openPostgresStore({ url: server.url })
  const made = await makeQueues(open, queueCount)
  const client = new Client({ connectionString: server.url, options: '-c search_path=headlock' })
  await client.connect()
  return {
    ...made,
    filler: new PostgresFiller(client),
    open,
    async close() {
      await client.end()
      await server.discard()
    },
  }
}

interface Made {
  readonly userId: string
  /** Who has 300,000 queues. */
  readonly manyId: string
  readonly queueIds: readonly string[]
}

async function makeQueues(open: () => Promise<Store>, queueCount: number): Promise<Made> {
  const store = await open()
  const { id: userId } = await store.ensureUser({ username: 'few' })
  const { id: manyId } = await store.ensureUser({ username: 'many' })
  const queueIds: string[] = []
  for (let made = 0; made < queueCount; made++) {
    const { queue } = await store.getOrCreateQueue({ userId, name: `bench-${made}` })
    queueIds.push(queue.id)
  }
  await store.close()
  return { userId, manyId, queueIds }
}

interface Round {
  readonly tookMs: number
  readonly failed: unknown
  readonly waits: Readonly<Record<string, readonly number[]>>
}

/** The waits of each of some callers while `work` ran, in milliseconds, ascending. */
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
  // What fails held others up all the same.
  const failed = await work().then(
    () => null,
    (error: unknown) => error,
  )
  const tookMs = performance.now() - before
  isOver = true
  return { tookMs, failed, waits: Object.fromEntries(await Promise.all(entries)) }
}

/** Of several rounds the one in which others of the machine disturbed least. */
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

type Ask = Parameters<Case['run']>[1]

function addTo(store: Store, ask: Ask): () => Promise<void> {
  return async () => {
    const uniqueKey = `https://example.com/${randomText(12)}`
    const request = { id: requestIdOf(uniqueKey), uniqueKey, url: uniqueKey, method: 'GET', retryCount: 0 }
    const requests = [{ ...request, handledAt: null, otherFields: '' }]
    await store
      .addRequests({ ...ask, client: other, side: 'end', requests })
      // The queue may be gone.
      .catch(() => new Promise((done) => setTimeout(done, 5)))
  }
}

function readFrom(store: Store, ask: Ask): () => Promise<void> {
  return async () => {
    await store.getRequest({ ...ask, requestId: 'none' }).catch(() => {})
    // It shall not keep a core busy.
    await new Promise((done) => setTimeout(done, 1))
  }
}

await measure(process.argv[2] ?? 'sqlite', process.argv[3] ?? '')
