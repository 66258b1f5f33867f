import { countText, plural } from '../../../format/numbers.ts'
import type { Count } from './use-count.ts'

/** Says how many requests an action is about, before it is done. @param becomes after their number: `will be deleted.` */
export function CountText({ count, becomes }: { readonly count: Count; readonly becomes: string }) {
  const { matched, counted, problem } = count
  if (problem !== null) {
    return (
      <p class="problem wrap" role="alert">
        {problem}
      </p>
    )
  }
  return (
    <p aria-live="polite">
      {matched === null ? (
        <>Counting … {counted === 0 ? '' : `${countText(counted)} so far`}</>
      ) : matched === 0 ? (
        'There is no such request now.'
      ) : (
        <>
          <strong>{plural(matched, 'request')}</strong> {becomes}
        </>
      )}
    </p>
  )
}
