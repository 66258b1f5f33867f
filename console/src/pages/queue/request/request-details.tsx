import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import type { RequestItem } from '../../../api/shapes.ts'
import { masked } from '../../../format/credentials.ts'
import { curlOf } from '../../../format/curl.ts'
import { visibleText } from '../../../format/visible.ts'
import { Button } from '../../../parts/button.tsx'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { StateChip } from '../../../parts/state-chip.tsx'
import { useKeys } from '../../../state/keys.ts'
import { useMayWrite } from '../../../state/session.ts'
import { useData } from '../../../state/use-data.ts'
import { type Choice, choices } from '../actions/action-names.ts'
import { ChoiceButton } from '../actions/choice-button.tsx'
import { RequestFields } from './request-fields.tsx'
import { RequestHistoryPart } from './request-history.tsx'

const everyMs = 3000

interface RequestDetailsProps {
  readonly queueId: string
  readonly requestId: string
  /** The request in the list. It is asked for where the list does not have it. */
  readonly item: RequestItem | undefined
  readonly round: number
  onClose(): void
  onChoose(choice: Choice): void
}

/** One request beside the list. */
export function RequestDetails({ queueId, requestId, item, round, onClose, onChoose }: RequestDetailsProps) {
  const mayWrite = useMayWrite()
  const [showsSecrets, setShowsSecrets] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const path = queuePath(queueId, `/requests/${encodeURIComponent(requestId)}`)
  const asked = useData<RequestItem>(item === undefined ? path : null, everyMs)
  // It leaves the list when its state changes. It stays here meanwhile.
  const last = useRef<RequestItem | null>(null)
  const found = item ?? asked.data ?? last.current
  last.current = found
  const isGone = item === undefined && asked.error?.status === 404
  const shown = useMemo(
    () => (found === null || showsSecrets ? found : (masked(found) as RequestItem)),
    [found, showsSecrets],
  )
  useKeys({ Escape: onClose })
  useEffect(() => heading.current?.focus(), [])
  if (found === null || shown === null || isGone) {
    return (
      <aside class="panel request" aria-label="Request">
        <header>
          <h2 tabIndex={-1} ref={heading}>
            Request
          </h2>
          <Button icon="close" kind="plain" isSmall label="Close" onClick={onClose} />
        </header>
        <p class="inside quiet">
          {isGone ? 'There is no such request any more.' : (asked.error?.message ?? ' ')}
        </p>
      </aside>
    )
  }
  return (
    <aside class="panel request" aria-label="Request">
      <header>
        <h2 tabIndex={-1} ref={heading}>
          Request
        </h2>
        {found.state !== undefined && <StateChip state={found.state} />}
        <Button icon="close" kind="plain" isSmall label="Close" onClick={onClose} />
      </header>
      <div class="inside">
        <p class="request-url wrap mono">
          <bdi>{visibleText(shown.url)}</bdi> {shown.url === found.url && <OpenLink url={found.url} />}
        </p>
        <div class="row">
          <CopyButton text={() => curlOf(shown)} label="Copy as a command of curl">
            Copy as curl
          </CopyButton>
          <CopyButton text={() => JSON.stringify(shown, null, 2)} label="Copy as JSON">
            Copy JSON
          </CopyButton>
          <label class="check small">
            <input
              type="checkbox"
              checked={showsSecrets}
              onChange={({ currentTarget }) => setShowsSecrets(currentTarget.checked)}
            />
            Show credentials
          </label>
        </div>
        {mayWrite && (
          <div class="row" role="toolbar" aria-label="Actions on the request">
            {choices
              .filter((choice) => isPossible(choice, found))
              .map((choice) => (
                <ChoiceButton key={choice} choice={choice} onChoose={onChoose} />
              ))}
          </div>
        )}
        <RequestFields request={shown} />
        <RequestHistoryPart queueId={queueId} requestId={requestId} round={round} />
      </div>
    </aside>
  )
}

function isPossible(choice: Choice, { state, handledAt, lockByClient }: RequestItem): boolean {
  const isHandled = handledAt !== undefined
  if (choice === 'unlock') return state === 'locked' || lockByClient !== undefined
  if (choice === 'markHandled' || choice === 'forefront' || choice === 'schedule') return !isHandled
  return true
}

/** Only addresses of the web become links, and none with hidden credentials. */
function OpenLink({ url }: { readonly url: string }) {
  if (!/^https?:\/\//i.test(url)) return null
  return (
    <a href={url} target="_blank" rel="noreferrer noopener nofollow" class="small">
      Open
    </a>
  )
}
