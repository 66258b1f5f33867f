/** A job: work on one queue in many steps (14.5, 14.6). Each step stores how far it came, together with its changes. */
import type { Action } from '../../domain/actions/actions.ts'
import type { ActionBegin } from '../../domain/actions/order-of-action.ts'
import { limits } from '../../domain/limits.ts'
import type { Millis } from '../../domain/time.ts'
import {
  type ColumnList,
  columnsOf,
  integer,
  integerOrNull,
  namesOf,
  type RowOf,
  text,
  textOrNull,
  word,
} from '../columns/column.ts'
import type { JobState, JobView, Selection } from '../params/jobs.ts'
import { orderCursorOf } from './order-cursor.ts'

/** What a job was given to do. It never changes. */
export type JobTask =
  | {
      readonly kind: 'action'
      readonly action: Action
      readonly selection: Selection
      readonly isDryRun: boolean
      /** When it began, if it is done to the requests in order. Null: they come by their IDs, or as they are named. */
      readonly began: ActionBegin | null
    }
  | {
      readonly kind: 'fork'
      /** The queue that is copied from. The job belongs to the other one. */
      readonly sourceId: string
      readonly selection: Selection
      readonly forkedAt: Millis
      /** Places of the source with a higher sequence number came after that. */
      readonly lastSequence: number
    }

export interface JobProgress {
  readonly state: JobState
  /**
   * The ID that the last step ended with, the number of named requests that are done, or the text of an `OrderCursor`. Empty
   * at the beginning.
   */
  readonly cursor: string
  readonly matched: number
  readonly done: number
  readonly endedAt: Millis | null
  readonly problem: string | null
}

export interface Job extends JobProgress {
  readonly id: string
  readonly queueId: string
  readonly ownerId: string
  readonly task: JobTask
  readonly startedAt: Millis
}

const jobList = [
  ['id', word],
  ['owner_id', word],
  ['task', text],
  ['state', word],
  ['cursor', text],
  ['matched', integer],
  ['done', integer],
  ['started_at', integer],
  ['ended_at', integerOrNull],
  ['problem', textOrNull],
] as const satisfies ColumnList

/** Every store has these, and a column for the queue. */
export const jobColumns = columnsOf(jobList)
export const jobNames = namesOf(jobColumns)
export type JobRow = RowOf<typeof jobColumns>

export function rowOfJob(job: Job): JobRow {
  return {
    id: job.id,
    owner_id: job.ownerId,
    task: JSON.stringify(job.task),
    state: job.state,
    cursor: job.cursor,
    matched: job.matched,
    done: job.done,
    started_at: job.startedAt,
    ended_at: job.endedAt,
    problem: job.problem,
  }
}

export function jobOfRow(row: JobRow, queueId: string): Job {
  return {
    id: row.id,
    queueId,
    ownerId: row.owner_id,
    task: JSON.parse(row.task) as JobTask,
    state: row.state as JobState,
    cursor: row.cursor,
    matched: row.matched,
    done: row.done,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    problem: row.problem,
  }
}

/** How long a job can be seen after its end. */
export const endedJobsKeptMs: Millis = 24 * 3_600_000

export function viewOfJob(job: Job, readAt: Millis): JobView {
  const { id, queueId, task, state, matched, done, startedAt, endedAt, problem } = job
  const isAction = task.kind === 'action'
  return {
    id,
    kind: task.kind,
    queueId,
    sourceQueueId: isAction ? null : task.sourceId,
    action: isAction ? task.action.name : null,
    isDryRun: isAction && task.isDryRun,
    state,
    matched,
    done,
    total: totalOf(job),
    startedAt,
    endedAt,
    problem,
    readAt,
  }
}

/** About how many requests the job is about. IDs are spread evenly, so a cursor tells which part of them it has passed. */
function totalOf({ task, state, matched, cursor }: Job): number {
  if (state === 'done') return matched
  if ('requestIds' in task.selection) return task.selection.requestIds.length
  if (task.kind === 'action' && task.began !== null) {
    return Math.max(matched, orderCursorOf(cursor)?.total ?? 0)
  }
  const passed = shareOfIdsUpTo(cursor)
  return passed === 0 ? matched : Math.max(matched, Math.round(matched / passed))
}

const idCharacters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** More make no difference that a person would see. */
const charactersRead = Math.min(4, limits.requestIdLength)

function shareOfIdsUpTo(id: string): number {
  let share = 0
  for (let index = Math.min(charactersRead, id.length) - 1; index >= 0; index--) {
    share = (Math.max(0, idCharacters.indexOf(id[index]!)) + share) / idCharacters.length
  }
  return share
}
