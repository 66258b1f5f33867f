import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Target } from '../../load/calls.ts'
import type { MeasurementResult } from '../../load/measurement.ts'
import { endedWithBenchmark } from '../../processes/child.ts'
import { measurementOf } from './output.ts'
import { addScript } from './script.ts'

/** Whether wrk is installed: https://github.com/wg/wrk */
export const hasWrk = process.platform !== 'win32' && isOnPath('wrk')

/**
 * Makes single adds with wrk over 64 connections at full speed.
 *
 * @param firstNumber the number of the first new URL; each call uses the next one
 * @param seconds rounded to whole seconds for wrk
 * @throws Error when a call or wrk failed
 */
export async function addWithWrk(
  { ports, token, queueId }: Target,
  firstNumber: number,
  seconds: number,
): Promise<MeasurementResult> {
  const directory = mkdtempSync(join(tmpdir(), 'headlock-wrk-'))
  try {
    const script = join(directory, 'add.lua')
    writeFileSync(script, addScript(token, firstNumber), { mode: 0o600 })
    const url = `http://127.0.0.1:${ports[0]}/v2/request-queues/${queueId}/requests?clientKey=bench-client-0`
    const flags = ['--threads', '1', '--connections', '64', '--duration', `${seconds}s`]
    return measurementOf(await outputOf('wrk', [...flags, '--script', script, url]))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = endedWithBenchmark(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command} failed:\n${output.trim()}`))
    })
  })
}

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK)
      return directory !== ''
    } catch {
      return false
    }
  })
}
