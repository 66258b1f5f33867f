import { playJobRound } from '../../harness/crash/job-rounds.ts'
import { steppedSites } from '../../harness/crash/stepped-site.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

/** Actions and forks whose process is killed again and again: they go on, and change each request once. */
function jobKillsOn(store: keyof typeof steppedSites, name: string): Kind {
  return {
    name: `kill -9 of jobs, ${name}`,
    unit: 'kills',
    bar: 200,
    weight: 4,
    needsPostgres: store === 'postgres',
    run: (course) =>
      playRounds(course, () =>
        ended(async (ending) => {
          await playJobRound(await steppedSites[store](ending), course.random, {
            requestCount: course.random.between(20, 150),
            onKill: (doneCount) => course.done(1, doneCount),
          })
        }),
      ),
  }
}

export const jobKillsOnSqlite = jobKillsOn('sqlite', 'SQLite')
export const jobKillsOnPostgres = jobKillsOn('postgres', 'PostgreSQL')
