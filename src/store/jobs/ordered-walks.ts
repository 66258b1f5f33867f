import type { Job } from './job.ts'
import type { FoundRequests, JobSteps } from './job-steps.ts'
import { OrderedWalk } from './ordered-walk.ts'

/** How many jobs put requests in order at the same time. The others wait. It bounds the memory. */
const walksMax = 4

/** What this server remembers of the actions in order that it goes on with. Another server, or a later one, finds it anew. */
export class OrderedWalks {
  readonly #steps: JobSteps
  readonly #byJob = new Map<string, OrderedWalk>()

  constructor(steps: JobSteps) {
    this.#steps = steps
  }

  /** Forgets jobs that do not run any more. */
  keepOnly(running: readonly Pick<Job, 'id'>[]): void {
    if (this.#byJob.size === 0) return
    const ids = new Set(running.map(({ id }) => id))
    for (const id of this.#byJob.keys()) if (!ids.has(id)) this.#byJob.delete(id)
  }

  /** The next requests of a job. Null: it has to wait, or to look on for them. Refuses `queueNotFound`. */
  async next({ id, queueId, ownerId, task, cursor }: Job, countMax: number): Promise<FoundRequests | null> {
    if (task.kind !== 'action' || task.began === null) throw new Error(`the job ${id} is not done in order`)
    let walk = this.#byJob.get(id)
    if (walk === undefined) {
      if (this.#byJob.size >= walksMax) return null
      const { action, selection, began } = task
      walk = new OrderedWalk(this.#steps, {
        queueId,
        user: { userId: ownerId },
        name: action.name,
        selection,
        began,
      })
      this.#byJob.set(id, walk)
    }
    return walk.next(cursor, countMax)
  }
}
