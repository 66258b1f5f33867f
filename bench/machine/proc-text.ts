/** Parses the files of /proc on Linux, given as text. */

/**
 * The unit of time in these files, whatever the kernel uses internally: USER_HZ is 100 wherever Node.js runs.
 */
const tickMs = 10

/** The times of all processors together since the machine was started, from `/proc/stat`. */
export interface MachineTimes {
  /** User, system, interrupts, and time that the host gave to other machines (steal). */
  readonly busyMs: number
  /** Idle, and waiting for a disk. */
  readonly idleMs: number
}

/** @throws Error when the text has another form */
export function machineTimesOf(stat: string): MachineTimes {
  const [name, ...ticks] = stat.slice(0, stat.indexOf('\n')).split(/ +/)
  const [user, nice, system, idle, waiting, interrupts, softInterrupts, steal] = ticks.map(Number)
  if (name !== 'cpu' || steal === undefined) throw new Error(`This is not /proc/stat: ${stat.slice(0, 80)}`)
  return {
    busyMs: (user! + nice! + system! + interrupts! + softInterrupts! + steal) * tickMs,
    idleMs: (idle! + waiting!) * tickMs,
  }
}

/** The times of a process or thread, from its `stat`. */
export interface ProcessTimes {
  readonly parent: number
  /** The processor time of the process itself. */
  readonly ownMs: number
  /** The processor time of children that have ended and were awaited. */
  readonly endedChildrenMs: number
}

/** @throws Error when the text has another form */
export function processTimesOf(stat: string): ProcessTimes {
  // The name is in parentheses and may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [, parent] = fields
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number)
  if (childrenSystem === undefined) throw new Error(`This is not the stat of a process: ${stat.slice(0, 80)}`)
  return {
    parent: Number(parent),
    ownMs: (user! + system!) * tickMs,
    endedChildrenMs: (childrenUser! + childrenSystem) * tickMs,
  }
}

/**
 * The processor time of a thread to the nanosecond, from its `schedstat`. Null if the kernel does not count
 * it.
 */
export function runMsOf(schedstat: string): number | null {
  const [nanoseconds] = schedstat.split(' ')
  return nanoseconds === undefined || !(Number(nanoseconds) > 0) ? null : Number(nanoseconds) / 1e6
}
