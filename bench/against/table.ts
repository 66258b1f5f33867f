import { markdownTable } from '../report/table.ts'
import type { Measured } from '../rounds/figures.ts'
import { median } from '../rounds/statistics.ts'
import { countedPairs, type Pair, ratiosOf, verdictOf, wasDisturbed } from './pair-statistics.ts'
import type { Pairs } from './pairs.ts'

const heads = [
  'workload',
  'before /s',
  'after /s',
  'after : before',
  'least .. most',
  'verdict',
  'p99 ms',
  'p99 : p99',
  'server µs',
  'µs : µs',
  'disturbed',
]

/** The comparison of two builds as a Markdown table, with an explanation of its columns. */
export function againstTable(before: string, pairs: Pairs): string {
  const rows = Object.entries(pairs).map(([name, ofRow]) => [name, ...cellsOf(ofRow)])
  const count = Math.max(...Object.values(pairs).map(({ length }) => length))
  return [
    `${before} (before) compared with the working tree (after), pairs: ${count}`,
    '',
    markdownTable(heads, rows),
    '',
    'Requests a second, the p99 of calls, and the processor time of the servers for a call are medians of the pairs. ' +
      'Ratios are medians of the ratios within each pair; least and most are those of requests a second. A pair is ' +
      'disturbed when other processes or a busy load disturbed one half of it, even when measured again. Disturbed pairs ' +
      'do not count unless they are more than half. The verdict is faster or slower when all pairs that count agree, and ' +
      'at least four count. With six pairs, chance alone makes that happen once in 32 times.',
  ].join('\n')
}

function cellsOf(all: readonly Pair[]): string[] {
  const pairs = countedPairs(all)
  const rates = ratiosOf(pairs, rateOf)
  const halves = (half: keyof Pair, figure: (measured: Measured) => number) =>
    median(pairs.map((pair) => figure(pair[half])))
  const both = (figure: (measured: Measured) => number, digits: number) =>
    (['before', 'after'] as const).map((half) => halves(half, figure).toFixed(digits)).join(' → ')
  const hasCosts = pairs.every(({ before, after }) => serverMicros(before) > 0 && serverMicros(after) > 0)
  const disturbed = all.filter(wasDisturbed).length
  return [
    Math.round(halves('before', rateOf)).toLocaleString('en'),
    Math.round(halves('after', rateOf)).toLocaleString('en'),
    median(rates).toFixed(3),
    `${Math.min(...rates).toFixed(2)} .. ${Math.max(...rates).toFixed(2)}`,
    verdictOf(pairs, rateOf),
    both(p99Of, 2),
    median(ratiosOf(pairs, p99Of)).toFixed(2),
    hasCosts ? both(serverMicros, 1) : '',
    hasCosts ? median(ratiosOf(pairs, serverMicros)).toFixed(2) : '',
    hasCosts ? `${disturbed} of ${all.length}` : 'not known',
  ]
}

function rateOf({ requestsPerSecond = 0 }: Measured): number {
  return requestsPerSecond
}

function p99Of({ p99Ms = 0 }: Measured): number {
  return p99Ms
}

/** Processor time of the servers and their database for a call. */
function serverMicros({ httpMicros = 0, storageMicros = 0, helpersMicros = 0 }: Measured): number {
  return httpMicros + storageMicros + helpersMicros
}
