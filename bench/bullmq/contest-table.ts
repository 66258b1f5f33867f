import { othersShareMax } from '../machine/disturbance.ts'
import { markdownTable } from '../report/table.ts'
import type { Measured } from '../rounds/figures.ts'
import { median } from '../rounds/statistics.ts'
import { type Contestant, type ContestRound, contestants, workloads } from './contest.ts'

const names: Readonly<Record<(typeof workloads)[number], string>> = {
  'single-add': 'single add',
  'batch-add': 'batch add of 25',
  drain: 'drain, 8 clients',
}

const theirs: readonly Contestant[] = ['bullmq', 'bullmq, 2 processes']

/**
 * A contestant against BullMQ: the rate as a multiple of the better one of BullMQ, with one load process or
 * with two, by the medians of the rounds.
 */
export function ratioOf(
  rounds: readonly Readonly<Record<Contestant, Measured>>[],
  contestant: Contestant,
): number {
  return rateOf(rounds, contestant) / Math.max(...theirs.map((their) => rateOf(rounds, their)))
}

function rateOf(rounds: readonly Readonly<Record<Contestant, Measured>>[], contestant: Contestant): number {
  return median(rounds.map((round) => round[contestant].requestsPerSecond!))
}

/** The rounds as a Markdown table. */
export function contestTable(rounds: readonly ContestRound[]): string {
  const rows = workloads.flatMap((workload) => {
    const ofWorkload = rounds.map((round) => round[workload])
    return contestants.map((contestant) => {
      const of = (column: keyof Measured) =>
        median(ofWorkload.map((round) => round[contestant][column] ?? Number.NaN))
      const micros =
        ((of('httpBusy') + of('storageBusy') + of('helpersBusy')) / of('requestsPerSecond')) * 1e6
      const isDisturbed = ofWorkload.some((round) => (round[contestant].othersShare ?? 0) > othersShareMax)
      return [
        `${names[workload]}: ${contestant}${isDisturbed ? ' (!)' : ''}`,
        Math.round(of('requestsPerSecond')).toLocaleString('en'),
        ofWorkload.map((round) => Math.round(round[contestant].requestsPerSecond! / 1000)).join(' '),
        theirs.includes(contestant) ? '' : ratioOf(ofWorkload, contestant).toFixed(2),
        of('p50Ms').toFixed(2),
        of('p99Ms').toFixed(2),
        micros.toFixed(1),
        ...(['httpBusy', 'storageBusy', 'helpersBusy', 'loadBusy', 'idleShare', 'othersShare'] as const).map(
          (column) => `${Math.round(of(column) * 100)}%`,
        ),
      ]
    })
  })
  const heads = [
    '',
    'requests/s',
    'rounds, thousands',
    'to BullMQ',
    'p50 ms',
    'p99 ms',
    'server µs a request',
    'HTTP thread, or Redis',
    'storage thread',
    'helpers',
    'busiest load',
    'idle',
    'others',
  ]
  return [
    markdownTable(heads, rows),
    '',
    'Medians of the rounds. To BullMQ: against the better of its rows. Busy in % of one core, idle and others in % ' +
      'of all cores. (!): others took more than 5% of the machine in a round.',
  ].join('\n')
}
