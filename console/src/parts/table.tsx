import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { useKeys } from '../state/keys.ts'

export interface Column<Row> {
  /** Also the value of `sort`, where the column can be sorted. */
  readonly name: string
  readonly title: string
  readonly isSortable?: boolean
  /** `right`: a number. `fit`: as narrow as its content. `long`, `half`: a text that is cut. `whole`: a line of its own on a phone. */
  readonly class?: string
  cell(row: Row): ComponentChildren
}

export interface Sort {
  readonly by: string
  readonly isDesc: boolean
}

interface TableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
  /** Runs when a row is clicked. One cell should have a link or a button that does the same, with the class `opener`. */
  readonly onOpen?: (row: Row) => void
  readonly openKey?: string | null
  readonly sort?: Sort
  readonly onSort?: (sort: Sort) => void
  readonly isWaiting?: boolean
  /** Whether `j` and `k` go through its rows. One table of a page may have them. */
  readonly hasKeys?: boolean
}

export function Table<Row>(props: TableProps<Row>) {
  const { label, rows, columns, keyOf, onOpen, openKey, sort, onSort, isWaiting, hasKeys } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const step = (by: number) => () => {
    if (hasKeys === true) focusOpener(body.current!, by)
  }
  useKeys({ j: step(1), k: step(-1) })
  return (
    <table class={`table is-cards ${isWaiting === true ? 'is-waiting' : ''}`} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <ColumnHead key={column.name} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => (
          <tr
            key={keyOf(row)}
            class={[onOpen === undefined ? '' : 'opens', keyOf(row) === openKey ? 'is-open' : ''].join(' ')}
            onClick={(event) => {
              if ((event.target as Element).closest('a, button, input, label, details') === null)
                onOpen?.(row)
            }}
          >
            {columns.map((column) => (
              <td key={column.name} class={column.class} data-title={column.title}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface ColumnHeadProps<Row> {
  readonly column: Column<Row>
  readonly sort: Sort | undefined
  readonly onSort: ((sort: Sort) => void) | undefined
}

function ColumnHead<Row>({ column, sort, onSort }: ColumnHeadProps<Row>) {
  const { name, title, isSortable = false, class: className } = column
  if (!isSortable || onSort === undefined) {
    return (
      <th scope="col" class={className}>
        {title === '' ? <span class="unseen">Actions</span> : title}
      </th>
    )
  }
  const isSorted = sort?.by === name
  const direction = isSorted ? (sort.isDesc ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" class={className} aria-sort={direction}>
      <button
        type="button"
        onClick={() =>
          onSort({ by: name, isDesc: isSorted ? !sort.isDesc : name !== 'name' && name !== 'host' })
        }
      >
        {title}
      </button>
    </th>
  )
}

/** Moves the focus to the link or button of the next row, so that Enter opens it. */
function focusOpener(body: HTMLTableSectionElement, by: number): void {
  const rows = [...body.rows]
  const at = rows.findIndex((row) => row.contains(document.activeElement))
  const open = rows.findIndex((row) => row.classList.contains('is-open'))
  const from = at === -1 ? open : at
  const next =
    from === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by))
  rows[next]?.querySelector<HTMLElement>('.opener')?.focus()
}
