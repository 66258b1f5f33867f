/** A kind of fault that is inflicted on Headlock repeatedly, and its result. */
import { Random } from '../harness/random.ts'

export interface Kind {
  /** The name in the table and after `--only`. */
  readonly name: string
  /** The unit of its count: 'kills', 'histories', 'calls'. */
  readonly unit: string
  /** How many of them a long run must do (docs/reliability.md). */
  readonly bar: number
  /** Its share of the time of a run, relative to the others. */
  readonly weight: number
  /** The kind measures the machine, so nothing may run beside it. */
  readonly isAlone?: true
  /**
   * Needs the PostgreSQL that HEADLOCK_TEST_POSTGRES names. A kind that breaks the database starts its own.
   */
  readonly needsPostgres: boolean
  /** Done only where that PostgreSQL is a cluster (docs/scaling.md). */
  readonly needsCluster?: true
  /** Runs until `course.isOver`. An error that it throws is a violation and ends it. */
  run(course: Course): Promise<void>
}

/** The result of one kind in one run. */
export interface Tally {
  times: number
  /** Calls that were acknowledged to a client. */
  acknowledgedCount: number
  /** What was undecided: neither done nor a violation. */
  undecided: string[]
  violations: string[]
}

/** The report of a kind process, sent every second and at its end. */
export interface Telling extends Tally {
  readonly isLast: boolean
}

/** One run of one kind: its random choices, its time, and its result. */
export class Course {
  readonly random: Random
  readonly tally: Tally = { times: 0, acknowledgedCount: 0, undecided: [], violations: [] }
  readonly #endsAtMs: number

  /** @param lastsMs when `isOver` becomes true and the kind ends by itself */
  constructor(seed: number, lastsMs: number) {
    this.random = new Random(seed)
    this.#endsAtMs = performance.now() + lastsMs
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs
  }

  /** Counts one or several more. */
  done(times: number, acknowledgedCount: number): void {
    this.tally.times += times
    this.tally.acknowledgedCount += acknowledgedCount
  }

  /** It is undecided whether a promise was broken. `what` says how to repeat it. */
  undecided(what: string): void {
    this.tally.undecided.push(what)
  }

  /** A promise was broken. The kind may go on. */
  violated(what: string): void {
    this.tally.violations.push(what)
  }
}
