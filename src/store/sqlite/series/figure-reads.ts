import type { FigureMethods } from '../../methods/figures.ts'
import { inspectStore } from '../maintenance/inspect-store.ts'
import type { ReaderParts } from '../reads/reader-parts.ts'
import { recentQueues } from '../reads/recent-queues.ts'
import { deletedQueues } from './deleted-queues.ts'
import { Overviews } from './overviews.ts'
import { readFigures, readServerFigures } from './read-figures.ts'

/** The methods that read figures. Each of the first two reads from one snapshot. */
export function figureReads(parts: ReaderParts): FigureMethods {
  const { db, prepared, file, clock, queueFor, inSnapshot, assertOpen } = parts
  const overviews = new Overviews(prepared, assertOpen)
  return {
    async figures(params) {
      const { number } = queueFor(params, 'inspect')
      return inSnapshot(() => readFigures(prepared, number, clock.now(), params))
    },
    async serverFigures(params) {
      assertOpen()
      return inSnapshot(() => readServerFigures(prepared, clock.now(), params))
    },
    listOverviews: (params) => overviews.list(params, clock.now()),
    changedOverviews: (params) => overviews.changed(params, clock.now()),
    async deletedQueues(params) {
      assertOpen()
      return deletedQueues(prepared, params, clock.now())
    },
    recentQueues: (params) => recentQueues(prepared, params, () => clock.now(), assertOpen),
    inspectStore: () => inspectStore(db, file),
  }
}
