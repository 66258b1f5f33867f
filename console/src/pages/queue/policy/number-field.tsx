import { useState } from 'preact/hooks'

interface NumberFieldProps {
  readonly label: string
  /** Undefined: the field is empty. */
  readonly value: unknown
  /** @param value a number; undefined for an empty field; else the text, so that the server says what is wrong with it */
  onChange(value: unknown): void
}

/** A number. */
export function NumberField({ label, value, onChange }: NumberFieldProps) {
  const [text, setText] = useState(value === undefined ? '' : String(value))
  // `1.` and `1` are the same number, and whoever types the first means to go on.
  const shown = numberIn(text) === value ? text : value === undefined ? '' : String(value)
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="number"
        inputMode="decimal"
        autocomplete="off"
        value={shown}
        onInput={({ currentTarget }) => {
          const next = currentTarget.value
          setText(next)
          onChange(numberIn(next))
        }}
      />
    </label>
  )
}

function numberIn(text: string): unknown {
  const content = text.trim()
  if (content === '') return undefined
  return Number.isFinite(Number(content)) ? Number(content) : content
}
