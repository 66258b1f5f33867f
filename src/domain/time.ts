/**
 * Milliseconds since 1970-01-01T00:00:00Z, always an integer. The only unit of time in the rules and the
 * stores.
 */
export type Millis = number

/** 9999-12-31T23:59:59.999Z. Later years have more than four digits in ISO 8601. */
export const latestMillis: Millis = 253_402_300_799_999

/** Rounds up to whole milliseconds. Rounds to nanoseconds first, because 16.1 * 1000 is 16100.000000000002. */
export function millisOf(secs: number): Millis {
  return Math.ceil(Math.round(secs * 1e9) / 1e6)
}

/** Whether it is in the years 1970 to 9999, which every client can read. */
export function isDate(at: Millis): boolean {
  return at >= 0 && at <= latestMillis
}

/**
 * ISO 8601 in UTC with milliseconds and `Z` (rule 9.2). A number that is not a date, which only a damaged
 * store has, becomes the nearest date. So one bad time does not break an answer with many times.
 */
export function toIso(at: Millis): string {
  return new Date(isDate(at) ? at : Math.min(Math.max(at, 0), latestMillis)).toISOString()
}
