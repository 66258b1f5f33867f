import type { ComponentChildren } from 'preact'
import { visibleText } from '../format/visible.ts'

/** More would keep the browser busy for seconds. What is copied has everything. */
const valuesMax = 2000
const textLengthMax = 10_000

interface Budget {
  values: number
}

/** JSON with colours. Everything of the value becomes text of the page, never HTML. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const budget = { values: valuesMax }
  const parts = partsOf(value, 0, budget)
  return (
    <section class="json" aria-label={label}>
      {parts}
      {budget.values < 0 && <p class="quiet">The first {valuesMax} values. The copy has all of them.</p>}
    </section>
  )
}

function partsOf(value: unknown, depth: number, budget: Budget): ComponentChildren {
  budget.values -= 1
  if (typeof value === 'string') return <span class="string">{textOf(value)}</span>
  if (typeof value === 'number') return <span class="number">{String(value)}</span>
  if (typeof value !== 'object' || value === null) return <span class="word">{String(value)}</span>
  const isList = Array.isArray(value)
  const [open, close] = isList ? '[]' : '{}'
  const members: readonly (readonly [string | null, unknown])[] = isList
    ? value.map((each: unknown) => [null, each] as const)
    : Object.entries(value)
  if (members.length === 0) return <span class="mark">{`${open}${close}`}</span>
  const indent = '  '.repeat(depth + 1)
  const shown: ComponentChildren[] = []
  for (const [index, [key, each]] of members.entries()) {
    if (budget.values < 0) {
      shown.push(`\n${indent}…`)
      break
    }
    shown.push(
      // The members of a value have no other name.
      <span key={index}>
        {`\n${indent}`}
        {key !== null && (
          <>
            <span class="key">{textOf(key)}</span>
            <span class="mark">: </span>
          </>
        )}
        {partsOf(each, depth + 1, budget)}
        {index < members.length - 1 && <span class="mark">,</span>}
      </span>,
    )
  }
  return (
    <>
      <span class="mark">{open}</span>
      {shown}
      {`\n${'  '.repeat(depth)}`}
      <span class="mark">{close}</span>
    </>
  )
}

function textOf(text: string): string {
  const more = text.length - textLengthMax
  const shown = visibleText(JSON.stringify(text.slice(0, textLengthMax)))
  return more > 0 ? `${shown} … and ${more} more characters` : shown
}
