import type { FigureMethods } from '../../methods/figures.ts'
import type { SqliteParts } from './parts.ts'

export function figureMethods(parts: SqliteParts): FigureMethods {
  return {
    /** Saves them first: a look finds what was done until now, and a test need not wait for the next save. */
    async figures(params) {
      parts.assertOpen()
      const { userId, queue } = params
      const queueId = await parts.calls.call('saveFigures', { userId, queue })
      return parts.read(({ figures }) => figures.figures({ ...params, queue: { queueId } }))
    },

    async serverFigures(params) {
      parts.assertOpen()
      await parts.calls.call('saveSomeFigures', undefined)
      return parts.read(({ figures }) => figures.serverFigures(params))
    },

    listOverviews: (params) => parts.read(({ figures }) => figures.listOverviews(params)),
    changedOverviews: (params) => parts.read(({ figures }) => figures.changedOverviews(params)),
    deletedQueues: (params) => parts.read(({ figures }) => figures.deletedQueues(params)),
    recentQueues: (params) => parts.read(({ figures }) => figures.recentQueues(params)),
    inspectStore: () => parts.read(({ figures }) => figures.inspectStore()),
  }
}
