/** What the threads of `bench/waits.ts` tell each other about what they did. */

/** Something that took long enough to make others wait. Times are milliseconds since the epoch. */
export interface Happening {
  readonly thread: string
  readonly what: string
  readonly beginMs: number
  readonly endMs: number
}

/** The channel on which every thread sends lists of happenings. */
export const channelName = 'bench-waits'

/** Shorter ones are not recorded. */
export const recordedMsMin = 3

/** All threads of a machine have the same clock. `performance.now` has a zero of its own in each thread. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** The happenings within a time that took most of it, longest part first. */
export function duringOf(
  happenings: readonly Happening[],
  beginMs: number,
  endMs: number,
  countMax: number,
): string[] {
  return happenings
    .map((each) => ({ ...each, partMs: Math.min(each.endMs, endMs) - Math.max(each.beginMs, beginMs) }))
    .filter(({ partMs }) => partMs >= recordedMsMin)
    .sort((a, b) => b.partMs - a.partMs)
    .slice(0, countMax)
    .map(({ thread, what, beginMs: began, endMs: ended, partMs }) => {
      const tookMs = ended - began
      const part = tookMs - partMs < 1 ? '' : ` (${partMs.toFixed(0)} of them here)`
      return `${thread}: ${what} ${tookMs.toFixed(0)} ms${part}`
    })
}
