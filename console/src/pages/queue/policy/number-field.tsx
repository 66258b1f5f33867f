import { useEffect, useState } from 'preact/hooks'

interface NumberFieldProps {
  readonly label: string
  readonly value: number
  onChange(value: number): void
}

/** A number. What is no number yet stays in the field and changes nothing. */
export function NumberField({ label, value, onChange }: NumberFieldProps) {
  const [text, setText] = useState(String(value))
  useEffect(() => {
    setText((before) => (Number(before) === value ? before : String(value)))
  }, [value])
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="number"
        inputMode="decimal"
        value={text}
        onInput={({ currentTarget }) => {
          const next = currentTarget.value
          setText(next)
          if (next.trim() !== '' && Number.isFinite(Number(next))) onChange(Number(next))
        }}
      />
    </label>
  )
}
