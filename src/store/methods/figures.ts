import type { QueueUser } from '../../domain/caller.ts'
import type { FigureSteps, Figures, GetFigures, QueueFigures } from '../params/figures.ts'
import type { ChangedOverviews, ListOverviews, OverviewPage, QueueOverview } from '../params/overviews.ts'
import type { QueueCounts, RecentQueues, StoreState } from '../params/state.ts'

/** Figures over time (14.8), and of this moment. Not a touch, not an access, not counted. */
export interface FigureMethods {
  /**
   * What was done in a queue, step by step. The last one to two seconds may be missing from it. A crash of a server may lose
   * what it had not saved: at most a second or two.
   */
  figures(params: GetFigures): Promise<QueueFigures>
  /** The same for all queues of all users together, of those that were deleted too. */
  serverFigures(params: FigureSteps): Promise<Figures>
  /** The queues of the user, with what is done in them now. Reads in steps. */
  listOverviews(params: ListOverviews): Promise<OverviewPage>
  /** Those of them in which something has happened in the last seconds, the latest first. */
  changedOverviews(params: ChangedOverviews): Promise<readonly QueueOverview[]>
  /** The IDs of those of the user's queues that were deleted in the last 15 seconds, the latest first, by any server. */
  deletedQueues(params: QueueUser): Promise<readonly string[]>
  /** The queues with a name that changed last, the latest first. */
  recentQueues(params: RecentQueues): Promise<QueueCounts[]>
  inspectStore(): Promise<StoreState>
}
