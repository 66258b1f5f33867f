import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Kind, Tally, Telling } from './kind.ts'

/** Nothing new for so long, and the kind hangs. */
const stalledMs = 300_000
/** So long a kind may take to come to its end when its time is over. */
const endingMs = 300_000

/** One kind in a process of its own, with all the processes that it starts. */
export class KindProcess {
  readonly #child: ChildProcess
  #tally: Tally = { times: 0, acknowledgedCount: 0, undecided: [], violations: [] }
  #isComplete = false
  #isStopped = false
  #hangs: string | null = null

  constructor(kind: Kind, seed: number, lastsMs: number) {
    const file = new URL('./child.ts', import.meta.url)
    // A group of its own, so that the servers that it started end with it.
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

  /** Ends it before its time. */
  stop(): void {
    this.#isStopped = true
    this.#endGroup()
  }

  /** What came of it, when its process has ended, however it did. */
  async ended(): Promise<Tally> {
    // Its last message may be read after it has ended, and before this.
    const [[code, signal]] = await Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')])
    const { times, acknowledgedCount, undecided } = this.#tally
    const violations = [...this.#tally.violations]
    if (this.#hangs !== null) violations.push(`it hangs: ${this.#hangs}`)
    else if (!this.#isStopped && (code !== 0 || !this.#isComplete)) {
      violations.push(
        `its process ended with ${signal ?? `exit code ${code}`} before it had told what it found`,
      )
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
      // It has ended by itself.
    }
  }
}

/** Grows with everything that was done, and with what was done in vain. */
function workIn({ times, acknowledgedCount, undecided }: Tally): number {
  return times + acknowledgedCount + undecided.length
}
