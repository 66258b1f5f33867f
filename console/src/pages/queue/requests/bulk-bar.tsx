import { useRef } from 'preact/hooks'
import { countText, plural } from '../../../format/numbers.ts'
import { useKeys } from '../../../state/keys.ts'
import { type Choice, choices } from '../actions/action-names.ts'
import { ChoiceButton } from '../actions/choice-button.tsx'

interface BulkBarProps {
  readonly shownCount: number
  readonly selectedCount: number
  readonly isFiltered: boolean
  onSelectShown(): void
  onClear(): void
  onChoose(choice: Choice): void
}

/** Actions on the requests that are selected, or on all that match. */
export function BulkBar(props: BulkBarProps) {
  const { shownCount, selectedCount, isFiltered, onSelectShown, onClear, onChoose } = props
  const bar = useRef<HTMLDivElement>(null)
  useKeys({ a: () => bar.current!.querySelector<HTMLElement>('.bulk-actions button')!.focus() })
  return (
    <div class="bulk" role="toolbar" aria-label="Actions on requests" ref={bar}>
      <label class="check bulk-of small">
        <input
          type="checkbox"
          aria-label={`Select the ${countText(shownCount)} that are shown`}
          title={`Select the ${countText(shownCount)} that are shown`}
          checked={selectedCount > 0}
          // Some are selected, and not all.
          ref={(box) => {
            if (box !== null) box.indeterminate = selectedCount > 0 && selectedCount < shownCount
          }}
          onChange={selectedCount > 0 ? onClear : onSelectShown}
        />
        {selectedCount > 0
          ? plural(selectedCount, 'request selected', 'requests selected')
          : isFiltered
            ? 'All that match'
            : 'All requests'}
      </label>
      <div class="row bulk-actions">
        {choices.map((choice) => (
          <ChoiceButton key={choice} choice={choice} onChoose={onChoose} />
        ))}
      </div>
    </div>
  )
}
