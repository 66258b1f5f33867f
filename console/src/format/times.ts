const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

/** A duration in the largest unit of which it has at least two: `90 min`, `3 d`. */
export function durationText(ms: number): string {
  const [name, unitMs] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000]
  return `${Math.max(0, Math.round(ms / unitMs))} ${name}`
}

export function agoText(at: number, now: number): string {
  return at > now + 1000
    ? `in ${durationText(at - now)}`
    : now - at < 2000
      ? 'now'
      : `${durationText(now - at)} ago`
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** For a tooltip: the time here, and as the API writes it. */
export function exactText(at: number): string {
  return `${local.format(at)}\n${new Date(at).toISOString()}`
}

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** `26 Nov` */
export function dayText(at: number): string {
  return day.format(at)
}

/** `14:03:59` */
export function clockText(at: number): string {
  return clock.format(at)
}
