import { playMoves } from '../../harness/cluster/moves.ts'
import { temporaryDatabaseParts } from '../../harness/server-process.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'

export const movesOfShards: Kind = {
  name: 'moves of shards',
  unit: 'moves',
  bar: 20,
  weight: 2,
  needsPostgres: true,
  needsCluster: true,
  run: (course) =>
    ended(async (ending) => {
      while (!course.isOver) {
        const { url, schema } = await temporaryDatabaseParts(ending)
        await playMoves(url, schema, {
          random: course.random,
          moves: 10,
          onMove: (acknowledgedCount) => course.done(1, acknowledgedCount),
          isOver: () => course.isOver,
        })
      }
    }),
}
