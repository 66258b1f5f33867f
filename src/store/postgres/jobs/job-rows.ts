/** Jobs in the tables of PostgreSQL (store/jobs/job.ts). */
import type { Millis } from '../../../domain/time.ts'
import { namesOf, valuesAt, word } from '../../columns/column.ts'
import {
  endedJobsKeptMs,
  type Job,
  type JobRow,
  jobColumns,
  jobNames,
  jobOfRow,
  rowOfJob,
} from '../../jobs/job.ts'
import { rowReader, toStored } from '../columns.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { type Bound, bind, statement } from '../connection/statement.ts'
import { textArray } from '../encoding/arrays.ts'
import { toText } from '../encoding/text.ts'

const columns = { queue_id: word, ...jobColumns }
const names = namesOf(columns).join(', ')
const read = rowReader(columns)

const selectJobs = statement(`SELECT ${names} FROM jobs WHERE queue_id = $1 AND id = ANY ($2::text[])`)
const selectOne = statement(`SELECT ${names} FROM jobs WHERE queue_id = $1 AND id = $2`)
const selectOwned = statement(`SELECT ${names} FROM jobs WHERE owner_id = $1 AND id = $2`)
const selectOfOwner = statement(
  `SELECT ${names} FROM jobs WHERE owner_id = $1 ORDER BY started_at DESC, id LIMIT $2`,
)
const selectRunning = statement(`SELECT ${names} FROM jobs WHERE ended_at IS NULL ORDER BY id LIMIT $1`)
const upsert = statement(`
  INSERT INTO jobs (queue_id, ${jobNames.join(', ')})
  VALUES ($1, ${jobNames.map((_, index) => `$${index + 2}`).join(', ')})
  ON CONFLICT (queue_id, id) DO UPDATE SET
    state = excluded.state, cursor = excluded.cursor, matched = excluded.matched, done = excluded.done,
    ended_at = excluded.ended_at, problem = excluded.problem`)
const deleteOld = statement('DELETE FROM jobs WHERE ended_at <= $1::bigint')
export const deleteJobsOfQueue = statement('DELETE FROM jobs WHERE queue_id = $1')

export interface PostgresJobRow extends JobRow {
  queue_id: string
}

/** Selects jobs of one queue. */
export function jobsById(queueId: string, jobIds: readonly string[]): Bound<PostgresJobRow> {
  return bind(selectJobs, [queueId, textArray(jobIds.map(toText))])
}

export function jobOf(row: PostgresJobRow): Job {
  return jobOfRow(read(row), row.queue_id)
}

export function writeOfJob(job: Job): Bound {
  return bind(upsert, [job.queueId, ...valuesAt(jobNames, rowOfJob(job)).map(toStored)])
}

export async function jobOfQueue(database: Database, queueId: string, jobId: string): Promise<Job | null> {
  const rows = await withRetries(() => database.query<PostgresJobRow>(selectOne, [queueId, jobId]))
  return rows[0] === undefined ? null : jobOf(rows[0])
}

export async function ownedJob(database: Database, ownerId: string, jobId: string): Promise<Job | null> {
  const rows = await withRetries(() => database.query<PostgresJobRow>(selectOwned, [ownerId, toText(jobId)]))
  return rows[0] === undefined ? null : jobOf(rows[0])
}

export async function jobsOfOwner(database: Database, ownerId: string, limit: number): Promise<Job[]> {
  return (await withRetries(() => database.query<PostgresJobRow>(selectOfOwner, [ownerId, limit]))).map(jobOf)
}

export async function runningJobs(database: Database, limit: number): Promise<Job[]> {
  return (await withRetries(() => database.query<PostgresJobRow>(selectRunning, [limit]))).map(jobOf)
}

/** Jobs can be seen for a while after their end. */
export async function deleteEndedJobs(database: Database, now: Millis): Promise<void> {
  await withRetries(() => database.query(deleteOld, [now - endedJobsKeptMs]))
}
