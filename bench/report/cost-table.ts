import type { CostColumn, Figure, Figures, Results } from '../rounds/figures.ts'
import { markdownTable } from './table.ts'

const columns: Readonly<
  Partial<Record<CostColumn, { readonly head: string; show(figure: Figure): string }>>
> = {
  httpMicros: { head: 'HTTP µs', show: tenths },
  storageMicros: { head: 'storage µs', show: tenths },
  helpersMicros: { head: 'helpers µs', show: tenths },
  loadMicros: { head: 'load µs', show: tenths },
  httpBusy: { head: 'HTTP', show: percent },
  storageBusy: { head: 'storage', show: percent },
  helpersBusy: { head: 'helpers', show: percent },
  loadBusy: { head: 'load', show: percent },
  idleShare: { head: 'idle', show: percent },
  othersShare: { head: 'others', show: percent },
}
const names = Object.keys(columns) as (keyof typeof columns)[]

/** The suffix of the name of a disturbed row. */
const disturbedMark = ' (!)'

/** The name of a row in a table, with a mark if any round of it was disturbed. */
export function markedName(name: string, { disturbed }: Figures): string {
  return disturbed?.rounds.some((flag) => flag > 0) ? name + disturbedMark : name
}

/**
 * The processor time as a Markdown table with an explanation of its columns, or a line that says why there is
 * none.
 */
export function costTable({ limits, workloads }: Results): string {
  const rows = Object.entries({ ...limits, ...workloads }).filter(([, { httpMicros }]) => httpMicros)
  if (rows.length === 0) {
    return 'Processor times are not known here: they are read from /proc, which only Linux has.'
  }
  const cells = rows.map(([name, figures]) => [
    markedName(name, figures),
    ...names.map((column) => {
      const figure = figures[column]
      return figure === undefined ? '' : columns[column]!.show(figure)
    }),
  ])
  return [
    markdownTable(['where the time goes', ...names.map((name) => columns[name]!.head)], cells),
    '',
    'First the µs of processor time a call, then how busy each part was, in % of one core. HTTP: the threads that answer ' +
      'calls; storage: the storage thread, or the processes of the database; helpers: V8, libuv and checkpoints; load: the ' +
      'load generator. Idle and others are in % of all cores. All figures are medians.',
    disturbedNote(rows.map(([, figures]) => figures)),
  ].join('\n')
}

/** A line about the disturbed measurements of a run. */
function disturbedNote(rows: readonly Figures[]): string {
  const sum = (values: readonly number[] | undefined) =>
    (values ?? []).reduce((total, value) => total + value, 0)
  const measured = rows.reduce((total, { takes }) => total + (takes?.rounds.length ?? 0), 0)
  const again = rows.reduce((total, { takes }) => total + sum(takes?.rounds), 0) - measured
  const disturbed = rows.reduce((total, row) => total + sum(row.disturbed?.rounds), 0)
  const what = 'others took more than 5% of the machine, or the load more than 70% of a core'
  if (again === 0 && disturbed === 0) return `Nothing was disturbed, which would mean that ${what}.`
  const still = disturbed === 0 ? 'None is' : `${Math.ceil(disturbed)} of them are`
  const marked = disturbed === 0 ? '' : `; their rows are marked with${disturbedMark}`
  return (
    `A measurement is disturbed when ${what}, and is then repeated: ${Math.ceil(again)} repeats for ${measured} ` +
    `measurements. ${still} still disturbed${marked}.`
  )
}

function tenths({ median }: Figure): string {
  return median.toFixed(1)
}

function percent({ median }: Figure): string {
  return `${Math.round(median * 100)}%`
}
