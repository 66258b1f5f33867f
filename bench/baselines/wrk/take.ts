import { costBetween } from '../../machine/cost.ts'
import { type Measured, measuredOf } from '../../rounds/figures.ts'
import type { Loaded } from '../../rounds/round.ts'
import { accepted, type Taken } from '../../rounds/takes.ts'
import type { RowContext } from '../../scenarios/row-context.ts'
import { addWithWrk } from './wrk.ts'

/**
 * Measures single adds at full speed with wrk instead of the benchmark's own load.
 *
 * @param own the result of that load on the same process; results on different processes differ more than the
 *   two loads do
 * @param prepare creates what is to be loaded
 */
export async function measuredWithWrk(
  context: RowContext,
  own: Measured,
  prepare: () => Promise<Loaded>,
): Promise<Measured> {
  const taken = await accepted(async () => takeWithWrk(context, await prepare()), context.given.takesMax)
  const byWrk = measuredOf(taken)
  return { ...byWrk, ownOverWrk: own.callsPerSecond! / byWrk.callsPerSecond! }
}

async function takeWithWrk({ round, given }: RowContext, loaded: Loaded): Promise<Taken> {
  // The own load also runs on code that is already compiled.
  await round.run('single-add', loaded, { warmUpMs: 0, measureMs: given.warmUpMs })
  const before = round.look(loaded)
  const firstNumber = round.nextNumber
  const measured = await addWithWrk(loaded, firstNumber, Math.max(1, Math.round(given.measureMs / 1000)))
  const after = round.look(loaded)
  // Calls under way at the end are not counted but use up numbers.
  const nextNewNumber = firstNumber + measured.calls + 1000
  round.newNumbersFrom(nextNewNumber)
  return {
    load: { ...measured, nextNewNumber, newNumbersInRow: firstNumber + measured.calls },
    cost: before === null || after === null ? null : costBetween(before, after),
  }
}
