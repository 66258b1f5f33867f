import { isDate, type Millis } from '../../domain/time.ts'
import { toMillis } from './handled-at.ts'

/** What `momentOf` takes, for messages. */
export const momentForms =
  'a time from 1970 to 9999 in ISO 8601, like 2030-01-01T12:00:00.000Z, or in milliseconds since 1970'

/** Reads a moment that a caller asks for. Null if it is none. */
export function momentOf(value: unknown): Millis | null {
  if (typeof value === 'string') return toMillis(value)
  if (typeof value !== 'number') return null
  const moment = Math.ceil(value)
  return isDate(moment) ? moment : null
}
