/**
 * Draws what the HTTP thread and the storage thread do for some milliseconds under load:
 * `node bench/trace.ts FILE.svg [WORKLOAD] [DIRECTORY]`. WORKLOAD is `single-add` or `batch-add`. DIRECTORY has
 * another checkout, which is traced instead of this one. Prints how much of the time one of the threads works,
 * both and none. Recording makes a server a third slower.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { WorkloadName } from './load/messages.ts'
import { nodeOf, thisBuild } from './processes/build.ts'
import { close, closeWhenInterrupted, noted } from './processes/interrupt.ts'
import { SqliteRound } from './rounds/sqlite-round.ts'
import { pictureOf } from './trace/picture.ts'
import {
  type Interval,
  joined,
  overlapOf,
  type RecordedKind,
  type Recording,
  type TraceWindow,
  traceVariable,
} from './trace/recording.ts'

/** Until then the server has started, and V8 has compiled what the load uses. */
const beginsAfterMs = 6000
const recordedMs = 400
/** The picture shows the beginning. The shares are those of all that was recorded. */
const shownMs = 8
/** Longer than that until the recording has ended. */
const loadMs = 7000

async function trace(workload: WorkloadName, directory: string): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'headlock-trace-'))
  const window: TraceWindow = {
    file: join(folder, 'thread'),
    beginsAtMs: Date.now() + beginsAfterMs,
    lengthMs: recordedMs,
  }
  process.env[traceVariable] = JSON.stringify(window)
  process.env['NODE_OPTIONS'] = `--import=${new URL('./trace/recorder.ts', import.meta.url).href}`
  const build = { name: 'traced', directory, node: nodeOf(directory) }
  const round = noted(new SqliteRound([], directory === thisBuild.directory ? thisBuild : build))
  delete process.env['NODE_OPTIONS']
  try {
    await round.run(workload, await round.newQueue(), { warmUpMs: 0, measureMs: loadMs })
    const threads = ['HTTP thread', 'storage thread'].map((name, number) => ({
      name,
      intervals: intervalsOf(readFileSync(`${window.file}.${number}.json`, 'utf8'), window.beginsAtMs),
    }))
    return { lengthMs: recordedMs, threads }
  } finally {
    await close(round)
    rmSync(folder, { recursive: true, force: true })
  }
}

function intervalsOf(text: string, zeroMs: number): Interval[] {
  const recorded = JSON.parse(text) as [RecordedKind, number, number][]
  return recorded.map(([kind, beginMs, endMs]) => ({
    kind,
    beginMs: beginMs - zeroMs,
    endMs: endMs - zeroMs,
  }))
}

function sharesOf({ lengthMs, threads }: Recording): string {
  const [http, storage] = threads.map(({ intervals }) =>
    joined(intervals.filter(({ kind }) => kind === 'turn')),
  )
  const shares = overlapOf(http!, storage!, lengthMs)
  const commits = threads[1]!.intervals.filter(({ kind }) => kind === 'commit')
  const commitMs = commits.reduce((sum, { beginMs, endMs }) => sum + endMs - beginMs, 0)
  const percent = (share: number) => `${Math.round(share * 100)}%`
  return (
    `both ${percent(shares.both)}, only HTTP ${percent(shares.onlyFirst)}, only storage ` +
    `${percent(shares.onlySecond)}, none ${percent(shares.none)}; ${commits.length} commits, ` +
    `${percent(commitMs / lengthMs)} of the time, ${(commitMs / commits.length).toFixed(2)} ms each`
  )
}

const [file, workload = 'single-add', directory = thisBuild.directory] = process.argv.slice(2)
if (file === undefined) throw new Error('Say where to write the picture: node bench/trace.ts FILE.svg')
closeWhenInterrupted()
const recording = await trace(workload as WorkloadName, resolve(directory))
const shares = sharesOf(recording)
writeFileSync(file, pictureOf({ ...recording, lengthMs: shownMs }, `${workload}: ${shares}`))
console.log(shares)
