import { agoText, exactText } from '../format/times.ts'
import { useNow } from '../state/now.ts'

interface TimeProps {
  readonly at: string | null | undefined
  /** What happened then, for the text that shows while the pointer is over it. */
  readonly what?: string
}

/** A time as its distance from now. The exact time shows while the pointer is over it. */
export function Time({ at, what }: TimeProps) {
  const now = useNow()
  if (at === null || at === undefined) return <span class="quiet">–</span>
  const ms = Date.parse(at)
  return (
    <time dateTime={at} title={what === undefined ? exactText(ms) : `${what}\n${exactText(ms)}`}>
      {agoText(ms, now)}
    </time>
  )
}
