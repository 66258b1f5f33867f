import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CrashSite, playKillRound, postgresSite, sqliteSite } from '../../harness/crash/kill-rounds.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import type { Course, Kind } from '../kind.ts'
import { ended } from './ending.ts'

const unit = 'kills'
const bar = 500

// Hundreds of processes load the same files. With this cache each is compiled only once.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'headlock-test-compile-cache')

export const killsOnSqlite: Kind = {
  name: 'kill -9, SQLite',
  unit,
  bar,
  weight: 20,
  needsPostgres: false,
  run: (course) => ended(async (ending) => playRounds(course, sqliteSite(await temporaryDirectory(ending)))),
}

export const killsOnPostgres: Kind = {
  name: 'kill -9, PostgreSQL',
  unit,
  bar,
  weight: 22,
  needsPostgres: true,
  run: (course) =>
    ended(async (ending) => {
      const directory = await temporaryDirectory(ending)
      await playRounds(course, postgresSite(directory, await temporaryDatabase(ending)))
    }),
}

/** A new queue each round, always on the same data. */
async function playRounds(course: Course, site: CrashSite): Promise<void> {
  const { random } = course
  for (let round = 1; !course.isOver; round++) {
    try {
      await playKillRound(site, random, {
        killsMax: random.between(10, 30),
        clientCount: random.between(8, 32),
        hasBigBodies: random.next() < 0.25,
        // A server that is killed while it starts has nothing to lose yet, so that does not count.
        onKill: (acknowledgedCount, wasUp) => course.done(wasUp ? 1 : 0, acknowledgedCount),
        isOver: () => course.isOver,
      })
    } catch (cause) {
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
      throw new Error(`seed ${random.seed}, round ${round}: ${text}`)
    }
  }
}
