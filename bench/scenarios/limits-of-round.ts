import { measuredWithWrk } from '../baselines/wrk/take.ts'
import { hasWrk } from '../baselines/wrk/wrk.ts'
import type { WorkloadName } from '../load/messages.ts'
import { type Comparisons, echoAdd, echoGet, wrkRows } from '../report/comparisons.ts'
import { type Measured, ratesAndCostsOf } from '../rounds/figures.ts'
import type { Loaded, Shape } from '../rounds/round.ts'
import { accepted } from '../rounds/takes.ts'
import type { RowContext } from './row-context.ts'

/** Limit (a) is measured again before this row. The mean fits all rows that are compared with it better. */
const amidst = 'mark handled'
const amidstShape: Shape = { warmUpMs: 200, measureMs: 1000 }

/**
 * The limits of the machine in one round. Each is measured right before the first row that is compared with
 * it.
 */
export class LimitsOfRound {
  readonly #context: RowContext
  readonly #comparisons: Comparisons
  readonly #taken: Record<string, Measured> = {}

  constructor(context: RowContext, comparisons: Comparisons) {
    this.#context = context
    this.#comparisons = comparisons
  }

  /** Measures the limit of this row, unless that was done. */
  async takeFor(row: string): Promise<void> {
    const limit = this.#comparisons[row]?.limit
    if (limit === undefined) return
    const { round, given, shape } = this.#context
    if (limit === echoAdd) {
      if (!(echoAdd in this.#taken)) await this.#takeBareAdd()
      else if (row === amidst) {
        const again = await this.#bare('echo-add', amidstShape)
        this.#taken[echoAdd] = meanOf(this.#taken[echoAdd]!, again)
      }
    } else if (limit === echoGet) {
      const { known } = await this.#context.knownQueue()
      this.#taken[echoGet] ??= await this.#bare('echo-get', { ...shape, known })
    } else if (!(limit in this.#taken)) {
      Object.assign(this.#taken, await round.storeLimits(given.measureMs))
    }
  }

  /** In the order of the table. */
  get rows(): Record<string, Measured> {
    const { [echoAdd]: add, [wrkRows[echoAdd]!]: addByWrk, [echoGet]: get, ...ofStore } = this.#taken
    return {
      ...(add === undefined ? {} : { [echoAdd]: add }),
      ...(addByWrk === undefined ? {} : { [wrkRows[echoAdd]!]: addByWrk }),
      ...(get === undefined ? {} : { [echoGet]: get }),
      ...ofStore,
    }
  }

  async #takeBareAdd(): Promise<void> {
    const { round, shape } = this.#context
    await round.withEcho(async (echo) => {
      const own = await this.#takeBare('echo-add', echo, shape)
      this.#taken[echoAdd] = own
      if (hasWrk) this.#taken[wrkRows[echoAdd]!] = await measuredWithWrk(this.#context, own, async () => echo)
    })
  }

  #bare(workload: WorkloadName, shape: Shape): Promise<Measured> {
    return this.#context.round.withEcho((echo) => this.#takeBare(workload, echo, shape))
  }

  async #takeBare(workload: WorkloadName, echo: Loaded, shape: Shape): Promise<Measured> {
    const { round, given } = this.#context
    const take = (processes: number) => round.measure(workload, echo, shape, processes)
    return ratesAndCostsOf(await accepted(take, given.takesMax))
  }
}

/** The mean, column by column. */
function meanOf(one: Measured, other: Measured): Measured {
  const names = Object.keys(one) as (keyof Measured)[]
  return Object.fromEntries(names.map((name) => [name, (one[name]! + other[name]!) / 2]))
}
