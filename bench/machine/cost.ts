import type { Proc, ThreadTime } from './proc.ts'
import type { MachineTimes } from './proc-text.ts'

/** Whose processor time is told apart from that of others. */
export interface Watched {
  /** Processes of servers, whose threads are told apart. */
  readonly servers: readonly number[]
  /** The first process of a database; null where a server has its store in itself. */
  readonly database: number | null
  readonly load: readonly number[]
}

/**
 * What a thread does: it answers calls, it is where the store is (the storage thread, or the processes of a database), it
 * helps (V8, libuv, the copying of the log), or it drives the server.
 */
export type Part = 'http' | 'storage' | 'helpers' | 'load'

/** How long everything that is watched has used a processor, at one moment. */
export interface Snapshot {
  readonly atMs: number
  readonly machine: MachineTimes
  /** By process and thread. */
  readonly threads: ReadonlyMap<string, ThreadTime & { readonly part: Part; readonly pid: number }>
  readonly databaseMs: number
  /** The benchmark itself, which looks on. */
  readonly lookingOnMs: number
  /** What the benchmark has started and waited for: a load by another program, say. */
  readonly endedChildrenMs: number
}

/** What was used between two moments. Those parts of a server that are several threads or processes are added up. */
export interface Cost {
  readonly wallMs: number
  readonly partMs: Readonly<Record<Part, number>>
  /** Of the process of the load that had most to do. */
  readonly busiestLoadMs: number
  /** All that ran on the machine and was none of ours, and what the host took for others. */
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

/** The system keeps 15 characters of a name. */
const nameLengthMax = 15

function isHttpThread(name: string): boolean {
  return name.startsWith('headlock-http')
}

/** @param areSeveral whether calls are answered by threads of their own; the main thread does it otherwise */
function partOf({ name, isMain }: ThreadTime, areSeveral: boolean): Part {
  if (isHttpThread(name) || (isMain && !areSeveral)) return 'http'
  return name === 'headlock-storage'.slice(0, nameLengthMax) ? 'storage' : 'helpers'
}

export function costBetween(before: Snapshot, after: Snapshot): Cost {
  const partMs: Record<Part, number> = { http: 0, storage: 0, helpers: 0, load: 0 }
  const loadMs = new Map<number, number>()
  for (const [key, { runMs, part, pid }] of after.threads) {
    // One that was not there before began in between.
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
