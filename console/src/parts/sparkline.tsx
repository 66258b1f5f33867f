const width = 120
const height = 24

/** A small chart without axes. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  if (values.length < 2) return null
  const highest = Math.max(...values)
  const x = (index: number) => (index * width) / (values.length - 1)
  const y = (value: number) => height - 1.5 - (highest === 0 ? 0 : (value / highest) * (height - 3))
  const points = values.map((value, index) => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`)
  const line = `M${points.join('L')}`
  return (
    <svg
      class={highest === 0 ? 'spark is-flat' : 'spark'}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path class="area" d={`${line}L${width} ${height}L0 ${height}Z`} />
      <path d={line} />
    </svg>
  )
}
