import { useEffect, useState } from 'preact/hooks'
import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { Policy } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { JsonView } from '../../../parts/json-view.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { Panel } from '../../../parts/panel.tsx'
import { Segments } from '../../../parts/segments.tsx'
import { attempt, say } from '../../../state/messages.ts'
import { useMayWrite } from '../../../state/session.ts'
import type { TabProps } from '../tab-props.ts'
import { PolicyForm } from './policy-form.tsx'
import { usePolicyProblem } from './use-policy-problem.ts'

const views = ['Form', 'JSON'] as const

/** How the queue hands out its requests, as a form and as JSON. Both are checked by the server while somebody types. */
export function PolicyTab({ queue, policy, onChanged }: TabProps) {
  const mayWrite = useMayWrite()
  const [view, setView] = useState<(typeof views)[number]>('Form')
  const [text, setText] = useState('')
  const [version, setVersion] = useState<number | null>(null)
  const parsed = parsePolicy(text)
  const stored = policy === null ? '' : textOfPolicy(policy.policy)
  const isChanged = policy !== null && version !== null && text !== stored
  // What somebody has begun to change stays. It is saved only if nobody else has changed the policy meanwhile.
  // Only another policy counts.
  useEffect(() => {
    if (policy === null || (isChanged && policy.version !== version)) return
    setText(stored)
    setVersion(policy.version)
  }, [policy?.version])
  const problem = usePolicyProblem(queue.id, isChanged && typeof parsed !== 'string' ? text : null)
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
      setVersion(next.version)
      setText(textOfPolicy(parsed as Policy))
      say('The policy is in force for every call from now on.')
      onChanged()
    })
  }

  const shownProblem = typeof parsed === 'string' ? parsed : problem
  return (
    <Panel
      title="Policy"
      tools={<Segments label="View" values={views} value={view} onChoose={(next) => setView(next)} />}
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
        {view === 'Form' && typeof parsed !== 'string' ? (
          <PolicyForm policy={parsed} onChange={(next) => setText(textOfPolicy(next))} />
        ) : (
          <label class="field">
            <span>The whole policy as JSON</span>
            <textarea
              rows={Math.min(30, Math.max(12, text.split('\n').length + 1))}
              spellcheck={false}
              wrap="off"
              value={text}
              aria-invalid={shownProblem !== null}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </label>
        )}
        <p class="problem policy-problem wrap" role="status">
          {shownProblem ?? ' '}
        </p>
        <footer class="row">
          <span class="small quiet grow">Version {policy.version}</span>
          <Button isDisabled={!isChanged} onClick={() => setText(stored)}>
            Undo
          </Button>
          <Button kind="main" isDisabled={!isChanged || shownProblem !== null} onClick={() => void save()}>
            Save
          </Button>
        </footer>
      </div>
    </Panel>
  )
}

function textOfPolicy(policy: Policy): string {
  return JSON.stringify(policy, null, 2)
}

/** @returns a text that says what is wrong */
function parsePolicy(text: string): Policy | string {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Policy) : 'A policy is an object: { … }'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
