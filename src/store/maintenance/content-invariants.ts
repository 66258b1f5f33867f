/** Checks the content of a request. Clients can read every answer only if these checks hold. */
import { httpMethods } from '../../domain/request.ts'
import { isDate } from '../../domain/time.ts'
import type { RequestRow } from '../columns/requests.ts'
import { problemOfFields } from '../stored-fields.ts'
import type { Findings } from './invariants.ts'

/** The columns with what callers sent, except the unique key and the URL, which may be any text. */
export type ContentRow = Pick<
  RequestRow,
  'id' | 'method' | 'retry_count' | 'handled_at' | 'lock_expires_at' | 'other_fields'
>

const methods: ReadonlySet<string> = new Set(httpMethods)

/**
 * None of this can be repaired from other data. Callers can send the request again, or it comes from a
 * backup.
 */
export function checkContent(row: ContentRow, findings: Pick<Findings, 'add'>): void {
  const problem = problemOfFields(row.other_fields)
  if (problem !== null) findings.add(problem, row.id)
  if (!methods.has(row.method)) findings.add('the method of a request is not an HTTP method', row.id)
  if (!Number.isSafeInteger(row.retry_count) || row.retry_count < 0) {
    findings.add('the retry count of a request is out of range', row.id)
  }
  for (const at of [row.handled_at, row.lock_expires_at]) {
    if (at !== null && !isDate(at)) findings.add('a time of a request is not a date', row.id)
  }
}
