import type { ComponentChildren } from 'preact'

/** JSON with colours. Everything of the value becomes text of the page, never HTML. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    <section class="json" aria-label={label}>
      {partsOf(value, 0)}
    </section>
  )
}

function partsOf(value: unknown, depth: number): ComponentChildren {
  if (typeof value === 'string') return <span class="string">{JSON.stringify(value)}</span>
  if (typeof value === 'number') return <span class="number">{String(value)}</span>
  if (typeof value !== 'object' || value === null) return <span class="word">{String(value)}</span>
  const isList = Array.isArray(value)
  const [open, close] = isList ? '[]' : '{}'
  const members: readonly (readonly [string | null, unknown])[] = isList
    ? value.map((each: unknown) => [null, each] as const)
    : Object.entries(value)
  if (members.length === 0) return <span class="mark">{`${open}${close}`}</span>
  const indent = '  '.repeat(depth + 1)
  return (
    <>
      <span class="mark">{open}</span>
      {members.map(([key, each], index) => (
        // The members of a value have no other name.
        <span key={index}>
          {`\n${indent}`}
          {key !== null && (
            <>
              <span class="key">{JSON.stringify(key)}</span>
              <span class="mark">: </span>
            </>
          )}
          {partsOf(each, depth + 1)}
          {index < members.length - 1 && <span class="mark">,</span>}
        </span>
      ))}
      {`\n${'  '.repeat(depth)}`}
      <span class="mark">{close}</span>
    </>
  )
}
