/** Milliseconds since 1970-01-01T00:00:00Z, always whole. The only unit of time in the rules and the stores. */
export type Millis = number

/** 9999-12-31T23:59:59.999Z: later than that, ISO 8601 needs more than four digits for the year. */
export const latestMillis: Millis = 253_402_300_799_999

/** Whether it is in the years from 1970 to 9999, which every client can read. */
export function isDate(at: Millis): boolean {
  return at >= 0 && at <= latestMillis
}

/**
 * ISO 8601 in UTC with milliseconds and `Z` (rule 9.2). For what is no date, as only a damaged store has it, the nearest one:
 * an answer with many times in it is not lost for one of them.
 */
export function toIso(at: Millis): string {
  return new Date(isDate(at) ? at : Math.min(Math.max(at, 0), latestMillis)).toISOString()
}
