import { type Explanation, type RequestFilter, requestStates } from '../../../api/shapes.ts'
import { maskedText } from '../../../format/credentials.ts'
import { shortCount } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Cut } from '../../../parts/cut.tsx'
import { SearchBox } from '../../../parts/search-box.tsx'
import { StateDot, stateNames } from '../../../parts/state-chip.tsx'
import { setQuery } from '../../../state/route.ts'
import { useTyped } from '../../../state/use-typed.ts'
import type { NamedFailure } from '../failures/failure-in-address.ts'
import { filterFields, noFilter } from './request-filter.ts'

interface RequestFiltersProps {
  /** As it was typed. */
  readonly filter: RequestFilter
  /** What the requests failed with, if a group of failures was chosen. */
  readonly failure: NamedFailure | null
  readonly counts: Explanation | null
}

/** The states as switches, and the other filters as fields. They are in the address. */
export function RequestFilters({ filter, failure, counts }: RequestFiltersProps) {
  const states = (filter.state ?? '').split(',').filter((state) => state !== '')
  return (
    <div class="filters">
      <div class="row">
        {requestStates.map((state) => {
          const isOn = states.includes(state)
          const next = isOn ? states.filter((each) => each !== state) : [...states, state]
          return (
            <button
              key={state}
              type="button"
              class="chip"
              aria-pressed={isOn}
              onClick={() => setQuery({ state: next.join(',') })}
            >
              <StateDot state={state} />
              {stateNames[state]}
              {counts !== null && (
                <span class="quiet count">
                  {shortCount(counts.counts[state])}
                  {counts.capped.includes(state) ? '+' : ''}
                </span>
              )}
            </button>
          )
        })}
        {(failure !== null || Object.keys(filter).length > 0) && (
          <Button kind="plain" isSmall onClick={() => setQuery(noFilter)}>
            Clear
          </Button>
        )}
      </div>
      {failure !== null && failure.error !== null && (
        <p class="row is-line small">
          Failed with
          <Cut text={maskedText(failure.error)} />
          <Button
            icon="close"
            kind="plain"
            isSmall
            label="Show other errors too"
            onClick={() => setQuery({ failure: null })}
          />
        </p>
      )}
      <div class="filter-fields">
        {filterFields.map((field) => {
          const { name, title } = field
          const value = filter[name] ?? ''
          const onSearch = (text: string) =>
            setQuery({ [name]: text, ...(name === 'error' ? { failure: null } : {}) })
          return 'isWide' in field ? (
            <SearchBox key={name} label={title} value={value} onSearch={onSearch} />
          ) : (
            <FilterField
              key={name}
              label={title}
              value={value}
              isNumber={'isNumber' in field}
              onSearch={onSearch}
            />
          )
        })}
      </div>
    </div>
  )
}

interface FilterFieldProps {
  readonly label: string
  readonly value: string
  readonly isNumber: boolean
  onSearch(text: string): void
}

const pauseMs = 300

function FilterField({ label, value, isNumber, onSearch }: FilterFieldProps) {
  const { text, type } = useTyped(value, pauseMs, onSearch)
  return (
    <input
      aria-label={label}
      placeholder={label}
      value={text}
      inputMode={isNumber ? 'numeric' : 'text'}
      autocomplete="off"
      spellcheck={false}
      onInput={({ currentTarget: { value: next } }) => type(isNumber ? next.replace(/\D/g, '') : next)}
    />
  )
}
