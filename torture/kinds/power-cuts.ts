import { join } from 'node:path'
import { playPowerCuts } from '../../harness/crash/power-cuts.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

export const powerCutsOnSqlite: Kind = {
  name: 'power cut, SQLite',
  unit: 'images',
  bar: 10_000,
  weight: 3,
  needsPostgres: false,
  run: (course) =>
    ended(async (ending) => {
      const directory = await temporaryDirectory(ending)
      const { random } = course
      await playRounds(course, async (history) => {
        const { acknowledgedCount } = await playPowerCuts({
          directory: join(directory, String(history)),
          random,
          stepCount: random.between(20, 120),
          imagesPerMoment: 8,
          onImage: () => course.done(1, 0),
          isOver: () => course.isOver,
        })
        course.done(0, acknowledgedCount)
      })
    }),
}
