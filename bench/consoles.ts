/**
 * Measures what people who look cost: `node bench/consoles.ts sqlite|postgres [CONSOLES] [PAIRS]` (50 and 12 by
 * default). One queue gets single adds at full speed, with and without that many consoles open at its page, in turn
 * on the same server. The output is the calls a second and the processor time of the server for a call, with
 * consoles as a multiple of without.
 */
import { Child } from './processes/child.ts'
import { close, closeWhenInterrupted, noted } from './processes/interrupt.ts'
import { type Measured, measuredOf } from './rounds/figures.ts'
import { PostgresRound } from './rounds/postgres-round.ts'
import type { Loaded, Round } from './rounds/round.ts'
import { SqliteRound } from './rounds/sqlite-round.ts'
import { median } from './rounds/statistics.ts'

const warmUpMs = 1000
const measureMs = 4000

const [kind, consoleCount = '50', pairCount = '12'] = process.argv.slice(2)
if ((kind !== 'sqlite' && kind !== 'postgres') || !(Number(consoleCount) > 0) || !(Number(pairCount) > 0)) {
  console.error('Usage: node bench/consoles.ts sqlite|postgres [CONSOLES] [PAIRS]')
  process.exit(2)
}

closeWhenInterrupted()
const round = kind === 'sqlite' ? noted(new SqliteRound([])) : noted(await PostgresRound.start(1, []))
const consoles = new Child('consoles/consoles-process.ts')
try {
  await measureAll(round, Number(consoleCount), Number(pairCount))
} finally {
  await consoles.stop()
  await close(round)
}

async function measureAll(round: Round, count: number, pairs: number): Promise<void> {
  const queue = await round.newQueue()
  await round.run('single-add', queue, { warmUpMs: 0, measureMs: 3000 })
  const rates: number[] = []
  const costs: number[] = []
  for (let index = 0; index < pairs; index++) {
    // What comes second differs from pair to pair, because the queue grows.
    const order = index % 2 === 0 ? [0, count] : [count, 0]
    const taken = new Map<number, Measured>()
    for (const open of order) taken.set(open, await measureWith(open, round, queue))
    const [without, watched] = [taken.get(0)!, taken.get(count)!]
    rates.push(watched.callsPerSecond! / without.callsPerSecond!)
    costs.push(serverMicros(watched) / serverMicros(without))
    console.log(
      `pair ${index + 1}: calls ${rates.at(-1)!.toFixed(3)}, processor time ${costs.at(-1)!.toFixed(3)}` +
        (without.disturbed || watched.disturbed ? ', disturbed' : ''),
    )
  }
  console.log(
    `${count} consoles: ${median(rates).toFixed(3)} times the calls a second (${rangeOf(rates)}), ` +
      `${median(costs).toFixed(3)} times the processor time of a call (${rangeOf(costs)})`,
  )
}

async function measureWith(count: number, round: Round, queue: Loaded): Promise<Measured> {
  const { ports, token, queueId } = queue
  await consoles.ask({ count, port: ports[0]!, token, queueId })
  return measuredOf({ ...(await round.measure('single-add', queue, { warmUpMs, measureMs })), takes: 1 })
}

function serverMicros({ httpMicros = 0, storageMicros = 0, helpersMicros = 0 }: Measured): number {
  return httpMicros + storageMicros + helpersMicros
}

function rangeOf(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)} .. ${Math.max(...values).toFixed(2)}`
}
