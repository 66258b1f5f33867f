/** The name of a queue. The server says more about a wrong one. */
export function NameField({ value, onChange }: { readonly value: string; onChange(value: string): void }) {
  return (
    <label class="field">
      <span>Name</span>
      <input
        // The name of the field, without the hint below it.
        aria-label="Name"
        value={value}
        maxLength={63}
        required
        autocomplete="off"
        spellcheck={false}
        pattern="[A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?"
        title="Letters, digits and hyphens, without a hyphen at either end"
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <span class="small quiet">
        Letters, digits and hyphens. A queue with this name that is there already is opened.
      </span>
    </label>
  )
}
