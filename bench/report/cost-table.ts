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

/** What stands behind the name of a row that was disturbed. */
const disturbedMark = ' (!)'

/** The name of a row in a table, with a mark when it was disturbed in any round. */
export function markedName(name: string, { disturbed }: Figures): string {
  return disturbed?.rounds.some((flag) => flag > 0) ? name + disturbedMark : name
}

/** Where the time went, as a Markdown table with what its columns mean; or a line that says why there is none. */
export function costTable({ limits, workloads }: Results): string {
  const rows = Object.entries({ ...limits, ...workloads }).filter(([, { httpMicros }]) => httpMicros)
  if (rows.length === 0) {
    return 'Where the time goes is not known here: it is read from /proc, which only Linux has.'
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
    'µs of processor time a call; then how busy each was, in % of one core. HTTP: the threads that answer calls; storage: ' +
      'the storage thread, or the processes of the database; helpers: V8, libuv, the copying of the log; load: what drives ' +
      'the server. Idle and others: % of all cores. Medians.',
    disturbedNote(rows.map(([, figures]) => figures)),
  ].join('\n')
}

/** How much of a run was disturbed, in a line. */
function disturbedNote(rows: readonly Figures[]): string {
  const sum = (values: readonly number[] | undefined) =>
    (values ?? []).reduce((total, value) => total + value, 0)
  const measured = rows.reduce((total, { takes }) => total + (takes?.rounds.length ?? 0), 0)
  const again = rows.reduce((total, { takes }) => total + sum(takes?.rounds), 0) - measured
  const disturbed = rows.reduce((total, row) => total + sum(row.disturbed?.rounds), 0)
  const what = 'others took more than 5% of the machine, or the load more than 70% of a core'
  if (again === 0 && disturbed === 0) return `Nothing was disturbed: never did it happen that ${what}.`
  const still = disturbed === 0 ? 'none is' : `${Math.ceil(disturbed)} are`
  const marked = disturbed === 0 ? '' : `; the rows of those are marked with${disturbedMark}`
  return (
    `Disturbed is what was measured while ${what}. It was taken again: ${Math.ceil(again)} more takes for ${measured} ` +
    `measurements, of which ${still} still disturbed${marked}.`
  )
}

function tenths({ median }: Figure): string {
  return median.toFixed(1)
}

function percent({ median }: Figure): string {
  return `${Math.round(median * 100)}%`
}
