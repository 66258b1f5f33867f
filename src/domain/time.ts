/** Milliseconds since 1970-01-01T00:00:00Z, always whole. The only unit of time in the rules and the stores. */
export type Millis = number

/** ISO 8601 in UTC with milliseconds and `Z` (rule 9.2). */
export function toIso(at: Millis): string {
  return new Date(at).toISOString()
}
