import { HeadlockError } from '../../../domain/errors.ts'
import { codeOf } from './driver-codes.ts'

/** The connection or the server is gone, or about to go. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01', // the administrator ended the connection
  '57P02', // another process of the server crashed
  '57P03', // the server is starting or stopping
  '57P05', // idle for too long
  '25P03', // idle in a transaction for too long
  '53300', // too many connections
  '26000', // a prepared statement is gone: a pooler between us and the server switched the connection
  'PG_CONNECT_TIMEOUT',
  'PG_CONNECTION_ENDED',
])

/** The transaction was rolled back, and a retry may succeed. */
const repeatableCodes = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // a lock was not free in time
  '23505', // a name was taken by a transaction that had not committed yet when this one checked
  '25006', // read-only: a standby, which may be promoted or left for the primary
])

/** Cannot be done now, and retrying soon will not help. */
const unavailableCodes = new Set([
  '57014', // the statement took too long
  'PG_QUERY_TIMEOUT',
  '53100', // the disk is full
  '53200', // out of memory
  '53400', // a limit of the configuration
  '53000', // some other resource
  '58030', // the disk failed
  '28000', // the user is not let in any more
  '28P01', // the password was changed
  '3D000', // the database is gone
  '57P04', // the database was dropped
])

/**
 * The functions of Citus that report a lost connection to another node as XX000, which also means any other
 * error without a code.
 */
const lostNodeRoutines = new Set(['ReportResultError', 'MarkRemoteTransactionFailed'])

interface DatabaseError {
  readonly code?: string
  readonly message?: string
  /** The function of the server that raised the error. */
  readonly routine?: string
}

/** Kinds of failure, from the point of view of a call. */
export type Failure = 'connection' | 'repeatable' | 'unavailable' | 'other'

export function failureOf(error: unknown): Failure {
  const code = codeOf(error)
  if (code === undefined) return 'other'
  if (connectionCodes.has(code) || code.startsWith('08')) return 'connection'
  // A migration changed a table that this connection has plans for. The routine is checked because 0A000 also
  // means other things.
  if (code === '0A000' && (error as DatabaseError).routine === 'RevalidateCachedQuery') return 'connection'
  if (code === 'XX000' && lostNodeRoutines.has((error as DatabaseError).routine ?? '')) return 'connection'
  if (repeatableCodes.has(code)) return 'repeatable'
  return unavailableCodes.has(code) ? 'unavailable' : 'other'
}

/**
 * The error for the caller. Failures of the database are 503. Anything else is a fault of ours and stays
 * unchanged.
 */
export function refusalOf(error: unknown): Error {
  if (error instanceof HeadlockError) return error
  if (failureOf(error) === 'other') return error as Error
  const { code, message = String(error) } = error as DatabaseError
  const problem = `the database says: ${message}${code === undefined || message.includes(code) ? '' : ` (${code})`}`
  return new HeadlockError('storeUnavailable', { problem }, { cause: error })
}
