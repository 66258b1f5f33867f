/** Jobs in the database file, for the connection that writes and for those that read. */
import type { DatabaseSync } from 'node:sqlite'
import type { Millis } from '../../../domain/time.ts'
import { valuesAt } from '../../columns/column.ts'
import { endedJobsKeptMs, type Job, type JobRow, jobNames, jobOfRow, rowOfJob } from '../../jobs/job.ts'
import { placeholders } from '../columns.ts'
import type { Session } from '../session/session.ts'

const names = jobNames.map((name) => `jobs.${name}`).join(', ')
const select = `SELECT ${names}, queues.id AS queue_id FROM jobs JOIN queues ON queues.number = jobs.queue_number`
const selectJob = `${select} WHERE jobs.id = ?`
const selectOfOwner = `${select} WHERE jobs.owner_id = ? ORDER BY jobs.started_at DESC, jobs.id LIMIT +?`
const selectRunning = `${select} WHERE jobs.ended_at IS NULL ORDER BY jobs.id LIMIT +?`
const upsert = `
  INSERT INTO jobs (queue_number, ${jobNames.join(', ')}) VALUES (?, ${placeholders(jobNames)})
  ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, cursor = excluded.cursor, matched = excluded.matched, done = excluded.done,
    ended_at = excluded.ended_at, problem = excluded.problem`
const deleteOld = 'DELETE FROM jobs WHERE ended_at <= ?'
const deleteOfQueue = 'DELETE FROM jobs WHERE queue_number = ?'

interface FoundRow extends JobRow {
  queue_id: string
}

/** A job of a queue, with the writing connection. */
export function jobOfQueue(session: Session, queueId: string, jobId: string): Job | null {
  const row = session.statement(selectJob).get(jobId) as FoundRow | undefined
  return row === undefined || row.queue_id !== queueId ? null : jobOfRow(row, queueId)
}

export function putJob(session: Session, queueNumber: number, job: Job): void {
  session.statement(upsert).run(queueNumber, ...valuesAt(jobNames, rowOfJob(job)))
}

export function deleteJobsOf(session: Session, queueNumber: number): void {
  session.statement(deleteOfQueue).run(queueNumber)
}

/** Jobs can be seen for a while after their end. */
export function deleteEndedJobs(session: Session): void {
  session.statement(deleteOld).run(session.now - endedJobsKeptMs)
}

export function hasEndedJobs(db: DatabaseSync, now: Millis): boolean {
  return db.prepare('SELECT 1 FROM jobs WHERE ended_at <= ? LIMIT 1').get(now - endedJobsKeptMs) !== undefined
}

export function jobById(db: DatabaseSync, jobId: string): Job | null {
  const [job] = jobsOf(db.prepare(selectJob).all(jobId))
  return job ?? null
}

/** The latest ones first. */
export function jobsOfOwner(db: DatabaseSync, ownerId: string, limit: number): Job[] {
  return jobsOf(db.prepare(selectOfOwner).all(ownerId, limit))
}

export function runningJobs(db: DatabaseSync, limit: number): Job[] {
  return jobsOf(db.prepare(selectRunning).all(limit))
}

function jobsOf(rows: unknown[]): Job[] {
  return (rows as FoundRow[]).map((row) => jobOfRow(row, row.queue_id))
}
