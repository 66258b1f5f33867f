import type { Proc, ThreadTime } from './proc.ts'
import type { MachineTimes } from './proc-text.ts'

/** The processes whose processor time is measured separately. */
export interface Watched {
  /** Server processes. Their threads are measured separately. */
  readonly servers: readonly number[]
  /** The main process of a database; null where the store is in the server. */
  readonly database: number | null
  readonly load: readonly number[]
}

/**
 * What a thread does: it answers calls (`http`), works on the store (the storage thread or the database
 * processes), helps (V8, libuv, checkpoints), or makes the load.
 */
export type Part = 'http' | 'storage' | 'helpers' | 'load'

/** The processor time that everything has used up to one moment. */
export interface Snapshot {
  readonly atMs: number
  readonly machine: MachineTimes
  /** By process and thread. */
  readonly threads: ReadonlyMap<string, ThreadTime & { readonly part: Part; readonly pid: number }>
  readonly databaseMs: number
  /** The benchmark process itself. */
  readonly lookingOnMs: number
  /** Processes that the benchmark has started and awaited, such as another load generator. */
  readonly endedChildrenMs: number
}

/** The processor time between two moments. The threads or processes of each part are added up. */
export interface Cost {
  readonly wallMs: number
  readonly partMs: Readonly<Record<Part, number>>
  /** Of the busiest process of the load. */
  readonly busiestLoadMs: number
  /** Other processes on the machine, and time that the host gave to other machines. */
  readonly othersMs: number
  readonly idleMs: number
}

export function snapshotOf(proc: Proc, { servers, database, load }: Watched): Snapshot {
  const threads = new Map<string, ThreadTime & { part: Part; pid: number }>()
  for (const pid of servers) {
    const ofServer = proc.threadsOf(pid)
    const areSeveral = [...ofServer.values()].some(({ name }) => isHttpThread(name))
    for (const [tid, thread] of ofServer) {
      threads.set(`${pid}/${tid}`, { ...thread, pid, part: partOf(thread, areSeveral) })
    }
  }
  for (const pid of load) {
    for (const [tid, thread] of proc.threadsOf(pid)) {
      threads.set(`${pid}/${tid}`, { ...thread, pid, part: 'load' })
    }
  }
  const self = proc.processMs(process.pid)
  return {
    atMs: performance.now(),
    machine: proc.machine(),
    threads,
    databaseMs: database === null ? 0 : proc.treeMs(database),
    lookingOnMs: self.ownMs,
    endedChildrenMs: self.endedChildrenMs,
  }
}

/** The system keeps only 15 characters of a thread name. */
const nameLengthMax = 15

function isHttpThread(name: string): boolean {
  return name.startsWith('headlock-http')
}

/** @param areSeveral whether calls are answered by threads of their own, or by the main thread */
function partOf({ name, isMain }: ThreadTime, areSeveral: boolean): Part {
  if (isHttpThread(name) || (isMain && !areSeveral)) return 'http'
  return name === 'headlock-storage'.slice(0, nameLengthMax) ? 'storage' : 'helpers'
}

export function costBetween(before: Snapshot, after: Snapshot): Cost {
  const partMs: Record<Part, number> = { http: 0, storage: 0, helpers: 0, load: 0 }
  const loadMs = new Map<number, number>()
  for (const [key, { runMs, part, pid }] of after.threads) {
    // A thread that is missing before was started in between.
    const usedMs = runMs - (before.threads.get(key)?.runMs ?? 0)
    partMs[part] += usedMs
    if (part === 'load') loadMs.set(pid, (loadMs.get(pid) ?? 0) + usedMs)
  }
  partMs.storage += after.databaseMs - before.databaseMs
  const otherLoadMs = after.endedChildrenMs - before.endedChildrenMs
  partMs.load += otherLoadMs
  const oursMs =
    Object.values(partMs).reduce((sum, usedMs) => sum + usedMs, 0) + after.lookingOnMs - before.lookingOnMs
  return {
    wallMs: after.atMs - before.atMs,
    partMs,
    busiestLoadMs: Math.max(otherLoadMs, ...loadMs.values()),
    othersMs: Math.max(0, after.machine.busyMs - before.machine.busyMs - oursMs),
    idleMs: after.machine.idleMs - before.machine.idleMs,
  }
}
