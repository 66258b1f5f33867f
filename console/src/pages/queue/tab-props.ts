import type { Explanation, PolicyState, QueueDetail } from '../../api/shapes.ts'
import type { QueueFigures } from './overview/use-queue-figures.ts'

/** What every tab of a queue gets. */
export interface TabProps {
  readonly queue: QueueDetail
  readonly query: URLSearchParams
  readonly explanation: Explanation | null
  readonly figures: QueueFigures
  readonly policy: PolicyState | null
  /** Grows when something was changed here. */
  readonly round: number
  onChanged(): void
}
