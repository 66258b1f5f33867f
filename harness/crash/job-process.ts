/**
 * A process that dies by SIGKILL in the middle of its jobs. Usage: `node job-process.ts OPTIONS`, with the options as JSON. It
 * begins jobs and prints their IDs on a line. Each further line has what it was told of them: how many requests each has done.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { ActionName } from '../../src/domain/actions/actions.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { actionOf } from '../model/acting.ts'
import type { UnlockingOptions } from './unlocking-process.ts'

/** A job on all requests of a queue: an action, or a fork of that name. */
export type JobBegin =
  | { readonly queueId: string; readonly action: ActionName; readonly until: number }
  | { readonly queueId: string; readonly fork: string }

export interface JobOptions extends Pick<UnlockingOptions, 'store' | 'userId'> {
  /** Empty: it goes on with the jobs that are there. */
  readonly begin: readonly JobBegin[]
  /** The jobs that began before. */
  readonly jobIds: readonly string[]
  /** It dies when the jobs have done so many requests more. Null: it ends when the jobs have ended. */
  readonly doneMin: number | null
}

/** @returns the ID of the job; null when all was done at once */
export async function beginJob(store: Store, userId: string, begin: JobBegin): Promise<string | null> {
  const on = {
    userId,
    queue: { queueId: begin.queueId },
    selection: { all: true },
    answerWithinMs: 0,
  } as const
  if ('fork' in begin) return (await store.forkQueue({ ...on, name: begin.fork })).jobId
  const action = actionOf(begin.action, begin.until)
  const outcome = await store.actOnRequests({ ...on, action, isDryRun: false })
  return 'jobId' in outcome ? outcome.jobId : null
}

if (import.meta.main) await run(JSON.parse(process.argv[2]!) as JobOptions)

async function run({ store: where, userId, begin, jobIds, doneMin }: JobOptions): Promise<void> {
  const store =
    where.kind === 'sqlite' ? await openSqliteStore(where.options) : await openPostgresStore(where.options)
  const began = [...jobIds]
  for (const each of begin) {
    const jobId = await beginJob(store, userId, each)
    if (jobId === null) throw new Error('it was done at once')
    began.push(jobId)
  }
  print(began)
  const doneOfEach = () =>
    Promise.all(began.map(async (jobId) => (await store.getJob({ userId, jobId })).done))
  const before = sumOf(await doneOfEach())
  let isOver = false
  const goOn = async () => {
    while (await store.continueJobs()) print(await doneOfEach())
    isOver = true
  }
  const ended = goOn()
  while (doneMin !== null && !isOver) {
    await turn()
    if (sumOf(await doneOfEach()) >= before + doneMin) process.kill(process.pid, 'SIGKILL')
  }
  await ended
  print(await doneOfEach())
  await store.close()
}

function print(line: readonly (string | number)[]): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
