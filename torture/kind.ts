/** One kind of thing that is done to Headlock on purpose, again and again, and what came of it. */
import { Random } from '../harness/random.ts'

export interface Kind {
  /** As in the table and after `--only`. */
  readonly name: string
  /** What it counts: 'kills', 'histories', 'calls'. */
  readonly unit: string
  /** How often a long run has to do it at the least (docs/reliability.md). */
  readonly bar: number
  /** Its share of the time of a run, beside those of the others. */
  readonly weight: number
  /** It measures what the machine can do: nothing may run beside it. */
  readonly isAlone?: true
  /** Needs the PostgreSQL that HEADLOCK_TEST_POSTGRES names; one that breaks the database starts its own. */
  readonly needsPostgres: boolean
  /** Goes on until `course.isOver`. What it throws is a violation, and the end of it. */
  run(course: Course): Promise<void>
}

/** What one kind has done in one run. */
export interface Tally {
  times: number
  /** Calls that a client was told to be done. */
  acknowledgedCount: number
  /** What could not be found out: neither done nor a violation. */
  undecided: string[]
  violations: string[]
}

/** What the process of a kind tells of it, every second and at its end. */
export interface Telling extends Tally {
  readonly isLast: boolean
}

/** One run of one kind: its random choices, its time, and what it has found. */
export class Course {
  readonly random: Random
  readonly tally: Tally = { times: 0, acknowledgedCount: 0, undecided: [], violations: [] }
  readonly #endsAtMs: number

  /** @param lastsMs after so long `isOver`, and the kind comes to its end by itself */
  constructor(seed: number, lastsMs: number) {
    this.random = new Random(seed)
    this.#endsAtMs = performance.now() + lastsMs
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs
  }

  /** One more time done, or several. */
  done(times: number, acknowledgedCount: number): void {
    this.tally.times += times
    this.tally.acknowledgedCount += acknowledgedCount
  }

  /** Whether a promise was broken could not be found out; `what` repeats it. */
  undecided(what: string): void {
    this.tally.undecided.push(what)
  }

  /** A promise was broken. The kind may go on. */
  violated(what: string): void {
    this.tally.violations.push(what)
  }
}
