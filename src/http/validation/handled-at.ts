import { isDate, type Millis } from '../../domain/time.ts'

const date = '(\\d{4})-(\\d\\d)-(\\d\\d)'
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?'
const zone = '[Zz]|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?'
const isoTime = new RegExp(`^${date}(?:[Tt ](${time})(?: ?(${zone}))?)?$`)

/** As in mails and in the headers of HTTP, and as JavaScript shows a `Date`: Crawlee takes both. */
const namedDay = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^()]*(?:GMT|UTC|[+-]\d{4})/
const namedDayLengthMax = 100

/**
 * Reads a time as clients write it: any offset, any number of digits of a second (beyond milliseconds they
 * are cut off), a date alone. Without an offset it is UTC, whatever time zone this machine is in.
 *
 * @returns null when it is no such time: another format, in ISO 8601 a day that does not exist, a year outside 1970
 *   to 9999
 */
export function toMillis(text: string): Millis | null {
  const millis = isoMillis(text) ?? namedDayMillis(text)
  return millis !== null && isDate(millis) ? millis : null
}

function isoMillis(text: string): Millis | null {
  const match = isoTime.exec(text)
  if (match === null) return null
  const [, year, month, day, time = '00:00', zone = 'Z'] = match
  // The last day of the month; `Date` itself takes the 31st of every month, as the first of the next.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (Number(day) < 1 || Number(day) > lastDay) return null
  return Date.parse(`${year}-${month}-${day}T${time}${offsetOf(zone)}`)
}

/** In the one form of an offset that every engine reads. */
function offsetOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z'
  return `${zone.slice(0, 3)}:${zone.replace(':', '').slice(3) || '00'}`
}

function namedDayMillis(text: string): Millis | null {
  return text.length <= namedDayLengthMax && namedDay.test(text) ? Date.parse(text) : null
}
