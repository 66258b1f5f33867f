import type { RequestState } from '../api/shapes.ts'

interface ShareBarProps {
  readonly parts: readonly (readonly [state: RequestState, count: number])[]
  readonly label: string
}

/** How a whole is divided into states. */
export function ShareBar({ parts, label }: ShareBarProps) {
  const total = parts.reduce((sum, [, count]) => sum + count, 0)
  return (
    <div class="share" role="img" aria-label={label} title={label}>
      {total > 0 &&
        parts.map(([state, count]) => (
          <div key={state} class={`of-${state}`} style={{ width: `${(100 * count) / total}%` }} />
        ))}
    </div>
  )
}
