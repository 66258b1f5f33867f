import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

/** Builds the console unless the built one is newer than its source. Test files that run at the same time may do so at the same time. */
export async function buildConsole(): Promise<void> {
  await promisify(execFile)(process.execPath, [
    resolve(import.meta.dirname, '../../tools/console/build.ts'),
    '--when-stale',
  ])
}
