/** Jobs whose process is killed again and again, and goes on each time (14.5, 14.6). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { ActionName } from '../../src/domain/actions/actions.ts'
import type { Random } from '../random.ts'
import { runProgram } from '../server-process.ts'
import { JobLoad } from './job-load.ts'
import type { JobOptions } from './job-process.ts'
import type { SteppedSite } from './stepped-site.ts'

const program = join(import.meta.dirname, 'job-process.ts')
/** So that each round comes to its end. */
const killsMax = 12

export interface JobRound {
  readonly requestCount: number
  /** By default a random one. */
  readonly action?: ActionName
  /** @param doneCount how many requests were done before it, as far as the process was told */
  onKill(doneCount: number): void
  /** What a test does to the data after each kill. */
  whileDown?(): void
}

/** @throws Error that says which promise was broken */
export async function playJobRound(site: SteppedSite, random: Random, round: JobRound): Promise<void> {
  const { store: where, open } = site
  const before = await open()
  const load = await JobLoad.prepare(before, random, round.requestCount, round.action)
  await before.close()
  const { userId } = load
  let jobIds: readonly string[] = []
  /** The jobs have done so many, and more when they go on. */
  let acknowledged: readonly number[] = load.begins.map(() => 0)
  for (let kill = 0; ; kill++) {
    const ask: JobOptions = {
      store: where,
      userId,
      begin: kill === 0 ? load.begins : [],
      jobIds,
      doneMin: kill < killsMax ? random.between(1, Math.ceil(round.requestCount / 4)) : null,
    }
    const { stdout, stderr, signal, code } = await runProgram(program, [JSON.stringify(ask)])
    const [ids, ...told] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)) as [string[], ...number[][]]
    jobIds = ids
    for (const done of told) {
      const lost = done.findIndex((count, index) => count < acknowledged[index]!)
      assert.equal(lost, -1, `${load.action}: ${acknowledged} were done, and ${done} are after ${kill} kills`)
      acknowledged = done
    }
    if (signal !== 'SIGKILL') {
      assert.equal(code, 0, stderr)
      break
    }
    round.onKill(acknowledged.reduce((sum, count) => sum + count, 0))
    round.whileDown?.()
  }
  const after = await open()
  try {
    while (await after.continueJobs()) {}
    await load.assertDone(after, jobIds)
    assert.deepEqual(await after.check(), [])
    await load.discard(after)
  } finally {
    await after.close()
  }
}
