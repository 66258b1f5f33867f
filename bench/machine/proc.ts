import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MachineTimes, machineTimesOf, processTimesOf, runMsOf } from './proc-text.ts'

/** The processor time of a thread since its start. */
export interface ThreadTime {
  readonly name: string
  readonly isMain: boolean
  readonly runMs: number
}

/** Reads processor times from /proc, on Linux. */
export class Proc {
  readonly #directory: string

  /** @param directory differs in tests */
  constructor(directory = '/proc') {
    this.#directory = directory
  }

  isThere(): boolean {
    return existsSync(join(this.#directory, 'stat')) && existsSync(join(this.#directory, 'self/task'))
  }

  machine(): MachineTimes {
    return machineTimesOf(this.#read('stat'))
  }

  /** The threads of a running process by their numbers. Empty for a process that has ended. */
  threadsOf(pid: number): Map<number, ThreadTime> {
    const threads = new Map<number, ThreadTime>()
    for (const tid of this.#list(`${pid}/task`)) {
      const directory = `${pid}/task/${tid}`
      const time = this.#tryTo(() => ({
        name: this.#read(`${directory}/comm`).trim(),
        isMain: tid === pid,
        runMs: this.#runMs(directory),
      }))
      if (time !== null) threads.set(tid, time)
    }
    return threads
  }

  /** The processor time of a process and everything it has started, including processes that have ended. */
  treeMs(root: number): number {
    const children = new Map<number, number[]>()
    const times = new Map<number, number>()
    for (const pid of this.#list('.')) {
      const stat = this.#tryTo(() => processTimesOf(this.#read(`${pid}/stat`)))
      if (stat === null) continue
      times.set(pid, stat.ownMs + stat.endedChildrenMs)
      children.set(stat.parent, [...(children.get(stat.parent) ?? []), pid])
    }
    const sumFrom = (pid: number): number =>
      (children.get(pid) ?? []).reduce((sum, child) => sum + sumFrom(child), times.get(pid) ?? 0)
    return sumFrom(root)
  }

  /** The processor time of a process itself, and of its children that have ended. */
  processMs(pid: number): { readonly ownMs: number; readonly endedChildrenMs: number } {
    return processTimesOf(this.#read(`${pid}/stat`))
  }

  #runMs(directory: string): number {
    const exact = this.#tryTo(() => runMsOf(this.#read(`${directory}/schedstat`)))
    return exact ?? processTimesOf(this.#read(`${directory}/stat`)).ownMs
  }

  #list(directory: string): number[] {
    const names = this.#tryTo(() => readdirSync(join(this.#directory, directory))) ?? []
    return names.filter((name) => /^\d+$/.test(name)).map(Number)
  }

  #read(file: string): string {
    return readFileSync(join(this.#directory, file), 'utf8')
  }

  /** Null when the file is missing, because a process may end while it is read. */
  #tryTo<Result>(read: () => Result): Result | null {
    try {
      return read()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'ESRCH') return null
      throw error
    }
  }
}
