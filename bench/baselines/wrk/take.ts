import { costBetween } from '../../machine/cost.ts'
import { type Measured, measuredOf } from '../../rounds/figures.ts'
import type { Loaded } from '../../rounds/round.ts'
import { accepted, type Taken } from '../../rounds/takes.ts'
import type { RowContext } from '../../scenarios/row-context.ts'
import { addWithWrk } from './wrk.ts'

/**
 * Single adds at full speed, by wrk in place of the benchmark's own load.
 *
 * @param own what that load measured, on the same process: others differ by more than the loads do
 * @param prepare what is to be loaded
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
  // Code that has not run on this server would not be counted with the own load either.
  await round.run('single-add', loaded, { warmUpMs: 0, measureMs: given.warmUpMs })
  const before = round.look(loaded)
  const firstNumber = round.nextNumber
  const measured = await addWithWrk(loaded, firstNumber, Math.max(1, Math.round(given.measureMs / 1000)))
  const after = round.look(loaded)
  // Some are under way at its end, and not counted.
  const nextNewNumber = firstNumber + measured.calls + 1000
  round.newNumbersFrom(nextNewNumber)
  return {
    load: { ...measured, nextNewNumber, newNumbersInRow: firstNumber + measured.calls },
    cost: before === null || after === null ? null : costBetween(before, after),
  }
}
