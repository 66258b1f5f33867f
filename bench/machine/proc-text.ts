/** What the files of Linux in /proc say, without reading them. */

/** The files count time in ticks of this length, whatever the kernel does inside: USER_HZ is 100 wherever Node.js runs. */
const tickMs = 10

/** What `/proc/stat` says of all processors together, since the machine was started. */
export interface MachineTimes {
  /** User, system, interrupts, and what the host took for others (steal). */
  readonly busyMs: number
  /** Idle, and waiting for a disk. */
  readonly idleMs: number
}

/** @throws Error when the text is something else */
export function machineTimesOf(stat: string): MachineTimes {
  const [name, ...ticks] = stat.slice(0, stat.indexOf('\n')).split(/ +/)
  const [user, nice, system, idle, waiting, interrupts, softInterrupts, steal] = ticks.map(Number)
  if (name !== 'cpu' || steal === undefined) throw new Error(`This is not /proc/stat: ${stat.slice(0, 80)}`)
  return {
    busyMs: (user! + nice! + system! + interrupts! + softInterrupts! + steal) * tickMs,
    idleMs: (idle! + waiting!) * tickMs,
  }
}

/** What `/proc/PID/stat`, or the one of a thread, says of it. */
export interface ProcessTimes {
  readonly parent: number
  /** It used a processor for so long itself. */
  readonly ownMs: number
  /** And those of its children that have ended and were waited for. */
  readonly endedChildrenMs: number
}

/** @throws Error when the text is something else */
export function processTimesOf(stat: string): ProcessTimes {
  // The name is in parentheses, and may have spaces and parentheses in it.
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

/** How long a thread used a processor, to the nanosecond, by its `schedstat`; null where the kernel does not count that. */
export function runMsOf(schedstat: string): number | null {
  const [nanoseconds] = schedstat.split(' ')
  return nanoseconds === undefined || !(Number(nanoseconds) > 0) ? null : Number(nanoseconds) / 1e6
}
