import { type RequestAction, requestActions } from '../../../api/shapes.ts'
import { plural } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { actionWords } from '../actions/action-names.ts'

interface BulkBarProps {
  readonly selectedCount: number
  readonly isFiltered: boolean
  onClear(): void
  onChoose(action: RequestAction): void
}

/** Actions on the requests that are selected, or on all that match. */
export function BulkBar({ selectedCount, isFiltered, onClear, onChoose }: BulkBarProps) {
  const all = isFiltered ? 'All that match' : 'All requests'
  return (
    <div class="bulk" role="toolbar" aria-label="Actions on requests">
      <span class="bulk-of small">
        {selectedCount > 0 ? plural(selectedCount, 'request selected', 'requests selected') : all}
        {selectedCount > 0 && (
          <Button kind="plain" isSmall onClick={onClear}>
            Clear
          </Button>
        )}
      </span>
      {requestActions.map((action) => (
        <Button
          key={action}
          isSmall
          kind={actionWords[action].isDangerous === true ? 'danger' : undefined}
          onClick={() => onChoose(action)}
        >
          {actionWords[action].button}
        </Button>
      ))}
    </div>
  )
}
