/** What has to hold of the content of a request so that clients can read every answer it is in. */
import { httpMethods } from '../../domain/request.ts'
import { isDate } from '../../domain/time.ts'
import type { RequestRow } from '../columns/requests.ts'
import { problemOfFields } from '../stored-fields.ts'
import type { Findings } from './invariants.ts'

/** The columns of a request that say what callers sent, beside its unique key and URL, which may be any text. */
export type ContentRow = Pick<
  RequestRow,
  'id' | 'method' | 'retry_count' | 'handled_at' | 'lock_expires_at' | 'other_fields'
>

const methods: ReadonlySet<string> = new Set(httpMethods)

/** Nothing of this can be computed from the rest: it can be sent anew by its callers, or comes from a backup. */
export function checkContent(row: ContentRow, findings: Pick<Findings, 'add'>): void {
  const problem = problemOfFields(row.other_fields)
  if (problem !== null) findings.add(problem, row.id)
  if (!methods.has(row.method)) findings.add('the method of a request is none', row.id)
  if (!Number.isSafeInteger(row.retry_count) || row.retry_count < 0) {
    findings.add('the retry count of a request is out of range', row.id)
  }
  for (const at of [row.handled_at, row.lock_expires_at]) {
    if (at !== null && !isDate(at)) findings.add('a time of a request is no date', row.id)
  }
}
