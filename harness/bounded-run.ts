import { execFileSync, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const main = resolve(import.meta.dirname, '../src/main.ts')

export interface BoundedEnd {
  /** Null when the command did not end and was killed. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a headlock command that may never end, as with a pipe in place of a file. Then it is killed. */
export function runBounded(args: readonly string[]): BoundedEnd {
  const options = { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' } as const
  return spawnSync(process.execPath, [main, ...args], options)
}

/** Makes a pipe with a name. Opening it to read blocks until somebody writes. */
export function makePipe(path: string): void {
  execFileSync('mkfifo', [path])
}
