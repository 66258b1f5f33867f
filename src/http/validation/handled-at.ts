import { isDate, type Millis } from '../../domain/time.ts'

const date = '(\\d{4})-(\\d\\d)-(\\d\\d)'
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?'
const zone = '[Zz]|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?'
const isoTime = new RegExp(`^${date}(?:[Tt ](${time})(?: ?(${zone}))?)?$`)

/** The formats of mail and HTTP headers, and of JavaScript's `Date.toString()`. Crawlee accepts both. */
const namedDay = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^()]*(?:GMT|UTC|[+-]\d{4})/
const namedDayLengthMax = 100

/**
 * Reads a time in the forms that clients write: with any offset, with any number of second digits (cut off after
 * milliseconds), or a date alone. A time without an offset is UTC, whatever the time zone of this machine.
 *
 * @returns null for another format, for a day that does not exist (in ISO 8601), and for a year outside 1970 to 9999
 */
export function toMillis(text: string): Millis | null {
  const millis = isoMillis(text) ?? namedDayMillis(text)
  return millis !== null && isDate(millis) ? millis : null
}

function isoMillis(text: string): Millis | null {
  const match = isoTime.exec(text)
  if (match === null) return null
  const [, year, month, day, time = '00:00', zone = 'Z'] = match
  // The last day of the month. `Date` itself would accept February 31 as a day in March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (Number(day) < 1 || Number(day) > lastDay) return null
  return Date.parse(`${year}-${month}-${day}T${time}${offsetOf(zone)}`)
}

/** Converts an offset to the form that every JavaScript engine reads. */
function offsetOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z'
  return `${zone.slice(0, 3)}:${zone.replace(':', '').slice(3) || '00'}`
}

function namedDayMillis(text: string): Millis | null {
  return text.length <= namedDayLengthMax && namedDay.test(text) ? Date.parse(text) : null
}
