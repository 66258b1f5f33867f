import type { FigureMethods } from '../../methods/figures.ts'
import { withRetries } from '../connection/retries.ts'
import { inspectStore } from '../maintenance/inspect-store.ts'
import { recentQueues } from '../reads/recent-queues.ts'
import { deletedQueues } from '../series/deleted-queues.ts'
import { Overviews } from '../series/overviews.ts'
import { readFigures } from '../series/read-figures.ts'
import { ServerFigures } from '../series/server-figures.ts'
import type { PostgresParts } from './parts.ts'

export function figureMethods({ database, clock, lookup, queues, figures }: PostgresParts): FigureMethods {
  const serverFigures = new ServerFigures(database, figures)
  const overviews = new Overviews(database)
  return {
    async figures(params) {
      const queueId = await lookup.idAt(params)
      await withRetries(() => figures.save(queueId))
      return readFigures(database, clock, queueId, params)
    },
    serverFigures: (params) => serverFigures.read(params, () => queues.now()),
    listOverviews: async (params) => overviews.list(params, await queues.now()),
    changedOverviews: async (params) => overviews.changed(params, await queues.now()),
    deletedQueues: async (params) => deletedQueues(database, params, await queues.now()),
    recentQueues: (params) => recentQueues(database, clock, params),
    inspectStore: () => inspectStore(database),
  }
}
