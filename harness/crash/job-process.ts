/**
 * A process that dies by SIGKILL in the middle of a job. Usage: `node job-process.ts OPTIONS`, with the options as JSON. It
 * begins a job that works on all requests of a queue, prints its ID, and dies when it has done enough.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { UnlockingOptions } from './unlocking-process.ts'

export interface JobOptions extends Pick<UnlockingOptions, 'store' | 'userId' | 'queueId'> {
  /** The name of the fork. Null: the requests are marked as handled. */
  readonly fork: string | null
  readonly doneMin: number
}

const { store: where, userId, queueId, fork, doneMin } = JSON.parse(process.argv[2]!) as JobOptions
const store =
  where.kind === 'sqlite' ? await openSqliteStore(where.options) : await openPostgresStore(where.options)
const params = { userId, queue: { queueId }, selection: { all: true }, answerWithinMs: 0 } as const
const action = { name: 'markHandled', keepsErrors: false, availableAt: null } as const
const outcome =
  fork === null
    ? await store.actOnRequests({ ...params, action, isDryRun: false })
    : await store.forkQueue({ ...params, name: fork })
if (!('jobId' in outcome) || outcome.jobId === null) throw new Error('it was done at once')
process.stdout.write(outcome.jobId)
const { jobId } = outcome
void goOn()
for (;;) {
  await turn()
  if ((await store.getJob({ userId, jobId })).done >= doneMin) process.kill(process.pid, 'SIGKILL')
}

async function goOn(): Promise<void> {
  while (await store.continueJobs()) {}
}
