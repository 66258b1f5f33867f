import type { Explanation } from '../../api/shapes.ts'
import { rateText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { Time } from '../../parts/time.tsx'
import { TimesIn } from '../../parts/times-in.tsx'
import type { RecentRates } from './overview/use-queue-figures.ts'

interface VerdictProps {
  readonly explanation: Explanation | null
  readonly figures: RecentRates | null
}

/** Why head/lock gives what it gives, in a sentence, and how fast things go. The place is there before the sentence is. */
export function Verdict({ explanation, figures }: VerdictProps) {
  return (
    <div class="verdict">
      <p class="wrap">{explanation === null ? ' ' : <TimesIn text={explanation.verdict} />}</p>
      <dl>
        <div>
          <dt>Next available</dt>
          <dd>
            <Time at={explanation?.nextAvailableAt} what="The next request becomes available" />
          </dd>
        </div>
        {figures !== null && (
          <>
            <div>
              <dt>Added/s</dt>
              <dd>{rateText(figures.addedPerSec)}</dd>
            </div>
            <div>
              <dt>Handled/s</dt>
              <dd>{rateText(figures.handledPerSec)}</dd>
            </div>
            <div>
              <dt>Empty in</dt>
              <dd>{figures.secsToEmpty === null ? '–' : durationText(1000 * figures.secsToEmpty)}</dd>
            </div>
          </>
        )}
      </dl>
    </div>
  )
}
