import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CrashSite, postgresSite, sqliteSite } from '../../harness/crash/kill-rounds.ts'
import { temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import type { Course, Kind } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

// Hundreds of processes load the same files. With this cache each is compiled only once.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'headlock-test-compile-cache')

export type PlayOnSite = (course: Course, site: CrashSite) => Promise<unknown>

/** A new queue each round, always on the same data. */
export function onSqlite(play: PlayOnSite): Kind['run'] {
  return (course) =>
    ended(async (ending) => playOn(course, sqliteSite(await temporaryDirectory(ending)), play))
}

/** The same on PostgreSQL. */
export function onPostgres(play: PlayOnSite): Kind['run'] {
  return (course) =>
    ended(async (ending) => {
      const directory = await temporaryDirectory(ending)
      await playOn(course, postgresSite(directory, await temporaryDatabase(ending)), play)
    })
}

function playOn(course: Course, site: CrashSite, play: PlayOnSite): Promise<void> {
  return playRounds(course, async () => {
    await play(course, site)
  })
}

/** What a round of kills tells the course. */
export function killsTold(course: Course) {
  return {
    // A server that is killed while it starts has nothing to lose yet, so that does not count.
    onKill: (acknowledgedCount: number, wasUp: boolean) => course.done(wasUp ? 1 : 0, acknowledgedCount),
    isOver: () => course.isOver,
  }
}
