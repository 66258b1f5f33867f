/** What a disk can do to a running process, put on it from outside and taken away again; on Linux alone. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import type { Random } from '../random.ts'

/** Longer than strace takes to leave a process that lives. */
const straceLeavesWithinMs = 3_000

export interface DiskFault {
  readonly name: string
  /** What a server says that ends by itself because of it; without it, none may end. */
  readonly mayEndSaying?: RegExp
  /** What it breaks is refused; the other way round, where nothing is refused the fault was not felt. */
  readonly refusesCalls: boolean
  /**
   * @param file of the database
   * @returns what takes it away again; it must be called also when the process is gone
   */
  begin(processId: number, file: string, random: Random): Promise<() => Promise<void>>
}

/** A limit on the size of files stands for a disk that takes no more than so much. */
export const fullDisk: DiskFault = {
  name: 'full disk',
  refusesCalls: true,
  async begin(processId, file, random) {
    const sizes = [file, `${file}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.size ?? 0)
    // Sometimes the log still fits and the file that it is moved into does not, sometimes the other way round.
    return limitFiles(processId, random.pick(sizes) + random.between(0, 4_000_000))
  },
}

/** Nothing can be written at all, not even over what is there: as when the system made a disk read-only after an error. */
export const readOnlyDisk: DiskFault = {
  name: 'read-only disk',
  refusesCalls: true,
  begin: (processId) => limitFiles(processId, 0),
}

/** Whether the next two can be had. */
export function hasStrace(): boolean {
  return spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0
}

/** Every fsync takes 20 to 400 milliseconds longer. */
export const slowDisk: DiskFault = {
  name: 'slow disk',
  refusesCalls: false,
  begin: (processId, _, random) =>
    inject(processId, `fdatasync,fsync:delay_exit=${random.between(20, 400) * 1000}`),
}

/** Some writes, or some fsyncs, fail with an error of the disk. */
export const failingDisk: DiskFault = {
  name: 'failing disk',
  refusesCalls: true,
  mayEndSaying: /What was copied into the database file may not be on the disk/,
  begin(processId, _, random) {
    const calls = random.pick(['fdatasync,fsync', 'pwrite64', 'fdatasync,fsync,pwrite64,pread64,ftruncate'])
    const every = random.pick([1, 2, 7, 50])
    return inject(processId, `${calls}:error=${random.pick(['EIO', 'ENOSPC'])}:when=${every}+${every}`)
  },
}

async function limitFiles(processId: number, bytes: number): Promise<() => Promise<void>> {
  // The soft limit alone: the hard one could not be taken back.
  const limit = (size: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(processId), `--fsize=${size}:`], { stdio: 'ignore' })
  limit(bytes)
  return async () => {
    try {
      limit('unlimited')
    } catch {
      // The process was killed meanwhile, and its limit with it.
    }
  }
}

async function inject(processId: number, what: string): Promise<() => Promise<void>> {
  const calls = what.slice(0, what.indexOf(':'))
  const args = ['-f', '-p', String(processId), '-e', `trace=${calls}`, '-e', `inject=${what}`]
  const strace = spawn('strace', [...args, '-o', '/dev/null'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(strace, 'exit')
  let said = ''
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  // It says "attached" when it is, and why not when it cannot.
  while (!/attached/.test(said)) {
    await Promise.race([once(strace.stderr, 'data'), ended])
    if (strace.exitCode !== null || strace.signalCode !== null) {
      throw new Error(`strace did not attach itself to process ${processId}: ${said}`)
    }
  }
  return async () => {
    strace.kill('SIGINT')
    // Told to leave a process that dies just then it may wait for one of its threads for ever, and nobody hears of the death.
    const kill = setTimeout(() => strace.kill('SIGKILL'), straceLeavesWithinMs)
    await ended
    clearTimeout(kill)
  }
}
