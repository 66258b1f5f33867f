/**
 * Watches the machine and the database for `bench/waits.ts`, in a thread of its own so that it is not late when the load
 * is: threads that wait for a processor, other programs, and what the processes of PostgreSQL do.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { BroadcastChannel, workerData } from 'node:worker_threads'
import { Client } from 'pg'
import { channelName, type Happening, nowMs, recordedMsMin } from './recording.ts'

export interface WatchStart {
  /** Null with SQLite. */
  readonly databaseUrl: string | null
  /** The first process of PostgreSQL. */
  readonly databasePid: number | null
}

const everyMs = 10
const { databaseUrl, databasePid } = workerData as WatchStart
const channel = new BroadcastChannel(channelName)

/** How long each thread has waited for a processor since its start, by its directory. */
let waitedBefore = new Map<string, number>()
let sampledMs = nowMs()
/** What each process of the database does, by its number. It is sent when that process does something else. */
let doing = new Map<number, Happening>()

const client = databaseUrl === null ? null : new Client({ connectionString: databaseUrl })
await client?.connect()
const selectActive = `
  SELECT pid, backend_type AS type, coalesce(wait_event_type || ' ' || wait_event, 'running') AS wait, left(query, 60) AS query
  FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND (state = 'active' OR backend_type NOT IN ('client backend'))
    AND coalesce(wait_event_type, '') NOT IN ('Activity', 'Client')`

for (;;) {
  await new Promise((done) => setTimeout(done, everyMs))
  const happenings = waitsForProcessor()
  if (client !== null) happenings.push(...(await atDatabase(client)))
  if (happenings.length > 0) channel.postMessage(happenings)
}

function waitsForProcessor(): Happening[] {
  const now = nowMs()
  const waited = new Map<string, number>()
  const happenings: Happening[] = []
  for (const directory of directories()) {
    try {
      const ms = Number(readFileSync(`${directory}/schedstat`, 'utf8').split(' ')[1]) / 1e6
      waited.set(directory, ms)
      const since = ms - (waitedBefore.get(directory) ?? ms)
      if (since < recordedMsMin) continue
      const thread = nameOf(directory)
      happenings.push({ thread, what: 'waited for a processor', beginMs: now - since, endMs: now })
    } catch {
      // It has ended.
    }
  }
  waitedBefore = waited
  return happenings
}

function directories(): string[] {
  const threads = readdirSync('/proc/self/task').map((tid) => `/proc/self/task/${tid}`)
  if (databasePid === null) return threads
  const children = readFileSync(`/proc/${databasePid}/task/${databasePid}/children`, 'utf8').trim().split(' ')
  return [...threads, ...children.map((pid) => `/proc/${pid}`)]
}

function nameOf(directory: string): string {
  const command = readFileSync(`${directory}/comm`, 'utf8').trim()
  if (command !== 'postgres') return command === 'MainThread' ? 'load' : command.replace('headlock-', '')
  const title = readFileSync(`${directory}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  return title.slice(0, 40)
}

async function atDatabase(on: Client): Promise<Happening[]> {
  const { rows } = await on.query<{ pid: number; type: string; wait: string; query: string }>(selectActive)
  const now = nowMs()
  const next = new Map<number, Happening>()
  for (const { pid, type, wait, query } of rows) {
    const before = doing.get(pid)
    const what = `${wait} ${query.trim().replace(/\s+/g, ' ')}`
    const goesOn = before !== undefined && before.what === what
    next.set(pid, {
      thread: `${type} ${pid}`,
      what,
      beginMs: goesOn ? before.beginMs : sampledMs,
      endMs: now,
    })
  }
  const ended = [...doing].filter(([pid, { what }]) => next.get(pid)?.what !== what).map(([, one]) => one)
  doing = next
  sampledMs = now
  return ended.filter(({ beginMs, endMs }) => endMs - beginMs > 2 * everyMs)
}
