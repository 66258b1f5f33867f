interface SegmentsProps<Value extends string> {
  readonly label: string
  readonly values: readonly Value[]
  readonly value: Value
  onChoose(value: Value): void
}

/** A choice of one among few. */
export function Segments<Value extends string>({ label, values, value, onChoose }: SegmentsProps<Value>) {
  return (
    <fieldset class="segments" aria-label={label}>
      {values.map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChoose(each)}>
          {each}
        </button>
      ))}
    </fieldset>
  )
}
