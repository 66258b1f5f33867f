import { useEffect, useId, useRef } from 'preact/hooks'

interface NameFieldProps {
  readonly label?: string
  readonly value: string
  /** Why the server refused it. */
  readonly problem?: string | null
  readonly hint: string
  readonly isRequired?: boolean
  onChange(value: string): void
}

/** The name of a queue. The server says more about a wrong one. */
export function NameField({
  label = 'Name',
  value,
  problem = null,
  hint,
  isRequired = true,
  onChange,
}: NameFieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (problem !== null) input.current!.focus()
  }, [problem])
  return (
    <label class="field">
      <span>{label}</span>
      <input
        // The name of the field, without the hint below it.
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={id}
        ref={input}
        value={value}
        maxLength={63}
        required={isRequired}
        autocomplete="off"
        spellcheck={false}
        pattern="[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?"
        title="Letters, digits and hyphens, without a hyphen at either end"
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <span class={`small ${problem === null ? 'quiet' : 'problem wrap'}`} id={id} aria-live="polite">
        {problem ?? hint}
      </span>
    </label>
  )
}
