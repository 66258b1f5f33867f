import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DiskFault,
  failingDisk,
  fullDisk,
  hasStrace,
  readOnlyDisk,
  slowDisk,
} from '../../harness/faults/disk-faults.ts'
import { playDiskRound } from '../../harness/faults/disk-rounds.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import type { Course, Kind } from '../kind.ts'
import { ended } from './ending.ts'

process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'headlock-test-compile-cache')

const unit = 'faults'
const timesPerRound = 20

/** The disk of a working server becomes full or read-only, and then recovers. */
export const fullDisks: Kind = {
  name: 'full disk',
  unit,
  bar: 100,
  weight: 7,
  needsPostgres: false,
  run: (course) => playRounds(course, [fullDisk, fullDisk, readOnlyDisk]),
}

/** Every fsync of a working server takes long. */
export const slowDisks: Kind = {
  name: 'slow disk',
  unit,
  bar: 50,
  weight: 2,
  needsPostgres: false,
  run: (course) => playRounds(course, [slowDisk]),
}

/** Reads, writes and fsyncs of a working server fail. */
export const failingDisks: Kind = {
  name: 'failing disk',
  unit,
  bar: 50,
  weight: 4,
  needsPostgres: false,
  run: (course) => playRounds(course, [failingDisk]),
}

async function playRounds(course: Course, faults: readonly DiskFault[]): Promise<void> {
  if (process.platform !== 'linux') return skipped(faults, 'it works on Linux only')
  if ((faults.includes(slowDisk) || faults.includes(failingDisk)) && !hasStrace()) {
    return skipped(faults, 'it needs strace, which is not installed')
  }
  const { random } = course
  await ended(async (ending) => {
    const directory = await temporaryDirectory(ending)
    for (let round = 1; !course.isOver; round++) {
      try {
        await playDiskRound(directory, random, {
          faults,
          times: timesPerRound,
          clientCount: random.between(4, 24),
          bodyBytes: random.pick([0, 2_000, 30_000]),
          killShare: random.pick([0, 0.1, 0.3]),
          onFault: (acknowledgedCount, wasFelt) => course.done(wasFelt ? 1 : 0, acknowledgedCount),
          isOver: () => course.isOver,
        })
      } catch (cause) {
        const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
        throw new Error(`seed ${random.seed}, round ${round}: ${text}`)
      }
    }
  })
}

function skipped(faults: readonly DiskFault[], why: string): void {
  process.stdout.write(`${faults[0]!.name}: skipped; ${why}.\n`)
}
