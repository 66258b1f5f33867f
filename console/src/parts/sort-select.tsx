import type { Sort } from './table.tsx'

export interface SortChoice extends Sort {
  readonly title: string
}

interface SortSelectProps {
  readonly label: string
  readonly choices: readonly SortChoice[]
  readonly sort: Sort
  readonly isForPhones?: boolean
  onSort(sort: Sort): void
}

/** The order of a table, where its head is not shown, as on a phone, or has no column for it. */
export function SortSelect({ label, choices, sort, isForPhones = false, onSort }: SortSelectProps) {
  const keyOf = ({ by, isDesc }: Sort) => `${by} ${isDesc}`
  const isListed = choices.some((choice) => keyOf(choice) === keyOf(sort))
  return (
    <select
      class={isForPhones ? 'for-phones' : ''}
      aria-label={label}
      value={keyOf(sort)}
      onChange={({ currentTarget }) => {
        const chosen = choices.find((choice) => keyOf(choice) === currentTarget.value)
        if (chosen !== undefined) onSort({ by: chosen.by, isDesc: chosen.isDesc })
      }}
    >
      {!isListed && <option value={keyOf(sort)}>As the table says</option>}
      {choices.map((choice) => (
        <option key={keyOf(choice)} value={keyOf(choice)}>
          {choice.title}
        </option>
      ))}
    </select>
  )
}
