export function Meter({
  done,
  total,
  label,
}: {
  readonly done: number
  readonly total: number | null
  readonly label: string
}) {
  const share = total === null || total === 0 ? 0 : Math.min(1, done / total)
  return (
    <div
      class="meter"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * share)}
    >
      <div style={{ width: `${100 * share}%` }} />
    </div>
  )
}
