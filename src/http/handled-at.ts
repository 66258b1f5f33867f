import type { Millis } from '../domain/time.ts'

const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?$/

/** 9999-12-31T23:59:59.999Z: later than that, ISO 8601 needs more than four digits for the year. */
const latestMillis: Millis = 253_402_300_799_999

/**
 * Reads a time as clients write it: any offset, any number of digits of a second (beyond milliseconds they
 * are cut off). Without an offset it is UTC, whatever time zone this machine is in.
 *
 * @returns null when it is no such time: another format, a day that does not exist, a year outside 1970 to
 *   9999
 */
export function toMillis(text: string): Millis | null {
  const match = isoTime.exec(text)
  if (match === null) return null
  const [, year, month, day, , offset] = match
  // The last day of the month; `Date` itself takes the 31st of every month, as the first of the next.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (Number(day) < 1 || Number(day) > lastDay) return null
  const millis = Date.parse(offset === undefined ? `${text}Z` : text)
  return millis >= 0 && millis <= latestMillis ? millis : null
}
