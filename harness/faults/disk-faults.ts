/** Disk faults that are inflicted on a running process from outside and taken away again. Linux only. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import type { Random } from '../random.ts'

/** Bounds the detaching of strace. It takes far less from a process that lives. */
const straceLeavesWithinMs = 3_000

export interface DiskFault {
  readonly name: string
  /** The message of a server that may end by itself because of the fault. Without it, no server may end. */
  readonly mayEndSaying?: RegExp
  /** True when calls fail during the fault. Then a fault during which no call failed had no effect. */
  readonly refusesCalls: boolean
  /**
   * Begins the fault.
   *
   * @param file of the database
   * @returns a function that ends the fault. It must be called even when the process is gone.
   */
  begin(processId: number, file: string, random: Random): Promise<() => Promise<void>>
}

/** A full disk, simulated by a limit on the size of files. */
export const fullDisk: DiskFault = {
  name: 'full disk',
  refusesCalls: true,
  async begin(processId, file, random) {
    const sizes = [file, `${file}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.size ?? 0)
    // Sometimes the log still fits and the database file does not, sometimes the other way round.
    return limitFiles(processId, random.pick(sizes) + random.between(0, 4_000_000))
  },
}

/** No write succeeds, not even an overwrite: the system remounts a disk read-only after an error. */
export const readOnlyDisk: DiskFault = {
  name: 'read-only disk',
  refusesCalls: true,
  begin: (processId) => limitFiles(processId, 0),
}

/** Whether strace, which the next two faults need, is installed. */
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

/** Some writes, or some fsyncs, fail with an I/O error. */
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
  // Only the soft limit: an ordinary process could not raise the hard limit again.
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
  // strace prints "attached" when it is, and otherwise why it cannot attach.
  while (!/attached/.test(said)) {
    await Promise.race([once(strace.stderr, 'data'), ended])
    if (strace.exitCode !== null || strace.signalCode !== null) {
      throw new Error(`strace did not attach itself to process ${processId}: ${said}`)
    }
  }
  return async () => {
    strace.kill('SIGINT')
    // If the process dies just while strace detaches, strace may wait for one of its threads forever, and the
    // death goes unnoticed.
    const kill = setTimeout(() => strace.kill('SIGKILL'), straceLeavesWithinMs)
    await ended
    clearTimeout(kill)
  }
}
