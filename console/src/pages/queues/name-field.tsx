interface NameFieldProps {
  readonly value: string
  readonly hint: string
  readonly isRequired?: boolean
  onChange(value: string): void
}

/** The name of a queue. The server says more about a wrong one. */
export function NameField({ value, hint, isRequired = true, onChange }: NameFieldProps) {
  return (
    <label class="field">
      <span>Name</span>
      <input
        // The name of the field, without the hint below it.
        aria-label="Name"
        value={value}
        maxLength={63}
        required={isRequired}
        autocomplete="off"
        spellcheck={false}
        pattern="[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?"
        title="Letters, digits and hyphens, without a hyphen at either end"
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <span class="small quiet">{hint}</span>
    </label>
  )
}
