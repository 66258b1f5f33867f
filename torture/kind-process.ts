import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Kind, Tally, Telling } from './kind.ts'

/** A kind without progress for this long hangs. */
const stalledMs = 300_000
/** How long a kind may take to end after its time is over. */
const endingMs = 300_000

/** One kind in its own process, with all processes that it starts. */
export class KindProcess {
  readonly #child: ChildProcess
  #tally: Tally = { times: 0, acknowledgedCount: 0, undecided: [], violations: [] }
  #isComplete = false
  #isStopped = false
  #hangs: string | null = null

  constructor(kind: Kind, seed: number, lastsMs: number) {
    const file = new URL('./child.ts', import.meta.url)
    // In its own process group, so that the servers that it started end with it.
    this.#child = fork(file, [kind.name, String(seed), String(lastsMs)], { detached: true })
    const overdue = setTimeout(() => this.#giveUp('its time is long over'), lastsMs + endingMs)
    const stalled = setTimeout(() => this.#giveUp(`nothing was done for ${stalledMs / 1000} s`), stalledMs)
    this.#child.on('message', (message) => {
      const telling = message as Telling
      if (workIn(telling) !== workIn(this.#tally)) stalled.refresh()
      this.#tally = telling
      this.#isComplete = telling.isLast
    })
    this.#child.once('exit', () => {
      clearTimeout(overdue)
      clearTimeout(stalled)
    })
  }

  /** Ends the kind before its time. */
  stop(): void {
    this.#isStopped = true
    this.#endGroup()
  }

  /** The result of the kind, once its process has ended for whatever reason. */
  async ended(): Promise<Tally> {
    // Its last message may be read after its exit, but before this.
    const [[code, signal]] = await Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')])
    const { times, acknowledgedCount, undecided } = this.#tally
    const violations = [...this.#tally.violations]
    if (this.#hangs !== null) violations.push(`it hangs: ${this.#hangs}`)
    else if (!this.#isStopped && (code !== 0 || !this.#isComplete)) {
      violations.push(`its process ended with ${signal ?? `exit code ${code}`} before it reported its result`)
    }
    return { times, acknowledgedCount, undecided, violations }
  }

  #giveUp(why: string): void {
    this.#hangs = why
    this.#endGroup()
  }

  #endGroup(): void {
    try {
      process.kill(-this.#child.pid!, 'SIGKILL')
    } catch {
      // It has already ended.
    }
  }
}

/** Grows with all work that was done, also with undecided work. */
function workIn({ times, acknowledgedCount, undecided }: Tally): number {
  return times + acknowledgedCount + undecided.length
}
