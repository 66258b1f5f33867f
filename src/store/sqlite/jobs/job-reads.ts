import type { ActionBegin } from '../../../domain/actions/order-of-action.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Job } from '../../jobs/job.ts'
import type { FoundState, RequestsToCopy } from '../../jobs/job-steps.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { ReaderParts } from '../reads/reader-parts.ts'
import { hasEndedJobs, jobById, jobsOfOwner, runningJobs } from './job-rows.ts'
import { idsAfter, readToCopy, statesOf } from './selected-requests.ts'

/** What actions, forks and their jobs read in the thread of the caller. */
export interface JobReads {
  /** The ID of a queue that this user may change. */
  queueId(params: QueueParams): string
  /** The time, and the last sequence number of a queue that this user may change. */
  begin(params: QueueParams): ActionBegin
  /** The IDs of the next requests of a queue. */
  idsAfter(params: QueueParams, id: string, countMax: number): string[]
  statesOf(queueId: string, requestIds: readonly string[]): FoundState[]
  readToCopy(
    queueId: string,
    requestIds: readonly string[],
    forkedAt: Millis,
    bytesMax: number,
  ): RequestsToCopy
  job(jobId: string): Job | null
  /** The jobs of a user, the latest first. */
  ofOwner(ownerId: string, limit: number): Job[]
  running(limit: number): Job[]
  haveEnded(): boolean
}

export function jobReads(parts: ReaderParts): JobReads {
  const { db, prepared, clock, queueFor, numberById, stateOf, assertOpen } = parts
  return {
    queueId: (params) => queueFor(params, 'write').id,
    begin(params) {
      const { number } = queueFor(params, 'write')
      return { at: clock.now(), lastSequence: stateOf(number).lastSequence }
    },
    idsAfter: (params, id, countMax) => idsAfter(db, queueFor(params, 'read').number, id, countMax),
    statesOf(queueId, requestIds) {
      const number = numberById(queueId)
      return number === null ? [] : statesOf(prepared, number, requestIds)
    },
    readToCopy(queueId, requestIds, forkedAt, bytesMax) {
      const number = numberById(queueId)
      if (number === null) return { requests: [], processed: requestIds.length }
      return readToCopy(db, number, requestIds, forkedAt, bytesMax)
    },
    job(jobId) {
      assertOpen()
      return jobById(db, jobId)
    },
    ofOwner(ownerId, limit) {
      assertOpen()
      return jobsOfOwner(db, ownerId, limit)
    },
    running(limit) {
      assertOpen()
      return runningJobs(db, limit)
    },
    haveEnded() {
      assertOpen()
      return hasEndedJobs(db, clock.now())
    },
  }
}
