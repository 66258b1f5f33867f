import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import { countText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { JsonView } from '../../../parts/json-view.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { Segments } from '../../../parts/segments.tsx'
import { attempt, say } from '../../../state/messages.ts'
import { setQuery } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import type { TabProps } from '../tab-props.ts'
import { PolicyForm } from './policy-form.tsx'
import { textOfPolicy, usePolicyDraft } from './use-policy-draft.ts'
import { usePolicyProblem } from './use-policy-problem.ts'

const views = ['Form', 'JSON'] as const

/** How the queue hands out its requests, as a form and as JSON. Both are checked by the server while somebody types. */
export function PolicyTab({ queue, query, policy, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const view = query.get('view') === 'json' ? 'JSON' : 'Form'
  const draft = usePolicyDraft(policy)
  const { text, parsed, version, isChanged, isOvertaken } = draft
  const checked = isChanged && typeof parsed !== 'string' ? text : null
  const problem = usePolicyProblem(queue.id, checked)
  if (policy === null) return null
  if (!mayWrite) {
    return (
      <Panel title="Policy">
        <div class="inside">
          <JsonView value={policy.policy} label="Policy" />
        </div>
      </Panel>
    )
  }

  async function save(): Promise<void> {
    await attempt(async () => {
      const headers = { 'if-match': `"${version}"` }
      const next = await call<{ version: number }>('PUT', queuePath(queue.id, '/policy'), parsed, { headers })
      draft.saved(next.version)
      say('The policy is in force for every call from now on.')
    })
    // Where it was refused, somebody else may have changed it.
    onChanged()
  }

  const shownProblem = typeof parsed === 'string' ? parsed : problem
  return (
    <Panel
      title="Policy"
      tools={
        <Segments
          label="View"
          values={views}
          value={view}
          onChoose={(next) => setQuery({ view: next === 'JSON' ? 'json' : null })}
        />
      }
    >
      <div class="inside policy">
        {policy.progress !== null && (
          <div class="field">
            <span>
              Groups are being found: {countText(policy.progress.done)} of {countText(policy.progress.total)}
            </span>
            <Meter done={policy.progress.done} total={policy.progress.total} label="Progress" />
          </div>
        )}
        {isOvertaken && (
          <div class="note">
            <p>Somebody else has saved version {policy.version} meanwhile:</p>
            <JsonView value={policy.policy} label="The policy that somebody else has saved" />
            <div class="row">
              <Button isSmall onClick={draft.undo}>
                Take theirs
              </Button>
              <Button isSmall onClick={draft.keep}>
                Keep mine
              </Button>
            </div>
          </div>
        )}
        {view === 'Form' && typeof parsed !== 'string' ? (
          <PolicyForm policy={parsed} onChange={(next) => draft.setText(textOfPolicy(next))} />
        ) : (
          <label class="field">
            <span>The whole policy as JSON</span>
            <textarea
              rows={Math.min(30, Math.max(12, text.split('\n').length + 1))}
              spellcheck={false}
              wrap="off"
              value={text}
              aria-invalid={shownProblem !== null}
              onInput={({ currentTarget }) => draft.setText(currentTarget.value)}
            />
          </label>
        )}
        <p class="problem policy-problem wrap" role="status">
          {shownProblem ?? ' '}
        </p>
        <footer class="row">
          <span class="small quiet grow">Version {policy.version}</span>
          <Button isDisabled={!isChanged} onClick={draft.undo}>
            Undo
          </Button>
          <Button
            kind="main"
            isDisabled={!isChanged || isOvertaken || shownProblem !== null}
            onClick={() => void save()}
          >
            Save
          </Button>
        </footer>
      </div>
    </Panel>
  )
}
