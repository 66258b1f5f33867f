import { dueRange, type NextPlaces } from '../../../domain/availability.ts'
import type { Millis } from '../../../domain/time.ts'

/**
 * Selects the first requests that may be handed out, in order. All reads of the head use it, so that a rule
 * about what is handed out changes one statement. Its parameters are the first ones, `dueParameters`.
 *
 * @param columns of the table `requests`
 */
export function selectDue(columns: string): string {
  return `
  SELECT ${columns} FROM requests INDEXED BY requests_in_order
  WHERE queue_number = ?1 AND available_at BETWEEN ?2 AND ?3
  ORDER BY available_at, sequence
  LIMIT +?4`
}

/** Selects `NextPlaces` of domain/availability.ts. Its parameters are those of `dueParameters`, without the limit. */
export const selectNextPlaces = `
  SELECT
    EXISTS (SELECT 1 FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ?1 AND available_at BETWEEN ?2 AND ?3) AS is_due,
    (SELECT max(available_at) FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ?1 AND available_at < ?2) AS forefront_at,
    (SELECT min(available_at) FROM requests INDEXED BY requests_in_order
      WHERE queue_number = ?1 AND available_at > ?3) AS end_at`

export interface NextRow {
  readonly is_due: number
  readonly forefront_at: number | null
  readonly end_at: number | null
}

export function nextPlacesOf({ is_due, forefront_at, end_at }: NextRow): NextPlaces {
  return { isDue: is_due !== 0, forefrontAt: forefront_at, endAt: end_at }
}

/** The same for a queue that hands out by groups. Its parameter is the queue. */
export const selectNextGroups = `
  SELECT
    EXISTS (SELECT 1 FROM groups INDEXED BY groups_open
      WHERE queue_number = ?1 AND first_at IS NOT NULL) AS is_due,
    NULL AS forefront_at,
    (SELECT min(look_at) FROM groups INDEXED BY groups_to_look_at
      WHERE queue_number = ?1 AND look_at IS NOT NULL) AS end_at`

export function dueParameters(queueNumber: number, now: Millis, limit: number) {
  const { from, to } = dueRange(now)
  return [queueNumber, from, to, limit] as const
}

/**
 * Selects scheduled requests by the moment at which they become available (rule 12.4). Those of one moment come
 * in the order in which they will be handed out. Its parameters are the queue, the time and a limit.
 *
 * @param columns of the table `requests`
 */
export function selectScheduled(columns: string): string {
  return `
  SELECT ${columns} FROM requests INDEXED BY requests_scheduled
  WHERE queue_number = ?1 AND scheduled_at > ?2
  ORDER BY scheduled_at, sequence
  LIMIT +?3`
}
