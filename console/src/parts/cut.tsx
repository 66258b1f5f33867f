import { visibleText } from '../format/visible.ts'

/** A browser shows no more of a hint. */
const hintLengthMax = 1000
/** More of one line is never seen. */
const shownLengthMax = 2000

interface CutProps {
  readonly text: string
  readonly class?: string
  /** The hint, where it says more than the text. */
  readonly hint?: string
}

/**
 * A text that somebody else wrote, in one line. What does not fit shows while the pointer is over it. On a phone it wraps. Its direction
 * does not change the line that it is in.
 */
export function Cut({ text, class: name = '', hint = text }: CutProps) {
  return (
    <bdi class={`cut ${name}`} title={visibleText(hint.slice(0, hintLengthMax))}>
      {visibleText(text.slice(0, shownLengthMax))}
    </bdi>
  )
}
