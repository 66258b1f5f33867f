import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MachineTimes, machineTimesOf, processTimesOf, runMsOf } from './proc-text.ts'

/** How long a thread has used a processor since it began. */
export interface ThreadTime {
  readonly name: string
  readonly isMain: boolean
  readonly runMs: number
}

/** Reads where processor time went, where there is a Linux that says so. */
export class Proc {
  readonly #directory: string

  /** @param directory another one in tests */
  constructor(directory = '/proc') {
    this.#directory = directory
  }

  isThere(): boolean {
    return existsSync(join(this.#directory, 'stat')) && existsSync(join(this.#directory, 'self/task'))
  }

  machine(): MachineTimes {
    return machineTimesOf(this.#read('stat'))
  }

  /** Of a process that runs, by their number; none of one that has ended. */
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

  /** Of a process and all that it has started, those that have ended among them. */
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

  /** How long a process used a processor itself, and those of its children that have ended. */
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

  /** Null when it is not there: a process may end while it is looked at. */
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
