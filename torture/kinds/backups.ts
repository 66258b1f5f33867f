import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { playBackupRounds } from '../../harness/backup/backup-rounds.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import type { Course, Kind } from '../kind.ts'
import { ended } from './ending.ts'

process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'headlock-test-compile-cache')

/** The number of backups of one server, before the next one begins with an empty queue. */
const backupsPerServer = 15
/** Bounds the bodies on one server, because every backup copies everything that calls have added. */
const bodyBytesMax = 500 * 1024 * 1024
const threadCounts = process.platform === 'linux' ? ['1', '2', '3'] : ['1']

/**
 * Backups while a server is under mixed load. Each is restored, verified and compared with what was
 * acknowledged to clients.
 */
export const backupsUnderLoad: Kind = {
  name: 'backup under load',
  unit: 'backups',
  bar: 50,
  weight: 6,
  needsPostgres: false,
  async run(course) {
    for (let round = 1; !course.isOver; round++) {
      try {
        await ended(async (ending) => playRound(course, await temporaryDirectory(ending), ending))
      } catch (cause) {
        const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
        throw new Error(`seed ${course.random.seed}, round ${round}: ${text}`)
      }
    }
  },
}

function playRound(
  course: Course,
  directory: string,
  ending: Parameters<typeof playBackupRounds>[0],
): Promise<void> {
  const { random } = course
  let backups = 0
  let acknowledged = 0
  const bodyBytes = random.pick([0, 500, 20_000])
  return playBackupRounds(ending, directory, random, {
    clientCount: random.between(4, 32),
    bodyBytes,
    threads: random.pick(threadCounts),
    callsBetween: random.pick([1, 100, 1_000]),
    onBackup(acknowledgedCount) {
      course.done(1, acknowledgedCount)
      acknowledged += acknowledgedCount
      return ++backups < backupsPerServer && acknowledged * bodyBytes < bodyBytesMax && !course.isOver
    },
  })
}
