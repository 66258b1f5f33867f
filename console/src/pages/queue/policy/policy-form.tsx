import type { Policy, PolicyRule } from '../../../api/shapes.ts'
import { Button } from '../../../parts/button.tsx'
import { NumberField } from './number-field.tsx'
import { RuleRow } from './rule-row.tsx'

interface PolicyFormProps {
  readonly policy: Policy
  onChange(policy: Policy): void
}

/** The fields of a policy that most queues need. Others stay as they are in the JSON. */
export function PolicyForm({ policy, onChange }: PolicyFormProps) {
  const { rules = [], adaptive, retry, lockExpiriesMax } = policy
  const set = (changes: Partial<Record<keyof Policy, unknown>>) =>
    onChange(without({ ...policy, ...changes }))
  const setRules = (next: readonly PolicyRule[]) => set({ rules: next.length === 0 ? undefined : next })
  const retryOr = { initialSecs: 10, factor: 2, maxSecs: 3600, ...retry }
  return (
    <>
      <fieldset class="policy-part">
        <legend>Rules</legend>
        <p class="small quiet">The first rule whose hosts match counts: example.com, *.example.com, or *.</p>
        {rules.map((rule, index) => (
          <RuleRow
            // A rule has no name, and its place is what it is.
            key={index}
            rule={rule}
            onChange={(next) => setRules(rules.map((each, at) => (at === index ? next : each)))}
            onRemove={() => setRules(rules.filter((_, at) => at !== index))}
          />
        ))}
        <div>
          <Button icon="plus" isSmall onClick={() => setRules([...rules, { hosts: '*', delaySecs: 1 }])}>
            Add a rule
          </Button>
        </div>
        <label class="field policy-group">
          <span>One group is</span>
          <select
            value={policy.groupBy ?? 'host'}
            onChange={({ currentTarget }) =>
              set({ groupBy: currentTarget.value === 'host' ? undefined : currentTarget.value })
            }
          >
            <option value="host">a host</option>
            <option value="domain">a registrable domain</option>
          </select>
        </label>
      </fieldset>
      <fieldset class="policy-part">
        <legend>Retries</legend>
        <Check
          label="Requests that are given back wait longer each time"
          isOn={retry !== undefined}
          onChange={(isOn) => set({ retry: isOn ? retryOr : undefined })}
        />
        {retry !== undefined && (
          <div class="row">
            <NumberField
              label="First wait, s"
              value={retry.initialSecs}
              onChange={(initialSecs) => set({ retry: without({ ...retry, initialSecs }) })}
            />
            <NumberField
              label="Times longer each time"
              value={retry.factor}
              onChange={(factor) => set({ retry: without({ ...retry, factor }) })}
            />
            <NumberField
              label="Longest wait, s"
              value={retry.maxSecs}
              onChange={(maxSecs) => set({ retry: without({ ...retry, maxSecs }) })}
            />
          </div>
        )}
        <Check
          label="Hosts that fail get longer delays"
          isOn={adaptive !== undefined}
          onChange={(isOn) => set({ adaptive: isOn ? { maxDelaySecs: 60 } : undefined })}
        />
        {adaptive !== undefined && (
          <div class="row">
            <NumberField
              label="Longest delay, s"
              value={adaptive.maxDelaySecs}
              onChange={(maxDelaySecs) => set({ adaptive: without({ maxDelaySecs }) })}
            />
          </div>
        )}
        <Check
          label="Give up requests whose locks run out again and again"
          isOn={lockExpiriesMax !== undefined}
          onChange={(isOn) => set({ lockExpiriesMax: isOn ? 5 : undefined })}
        />
        {lockExpiriesMax !== undefined && (
          <div class="row">
            <NumberField
              label="After so many in a row"
              value={lockExpiriesMax}
              onChange={(next) => set({ lockExpiriesMax: next ?? '' })}
            />
          </div>
        )}
      </fieldset>
      <fieldset class="policy-part">
        <legend>Queue</legend>
        <Check
          label="Paused: it hands out nothing"
          isOn={policy.paused === true}
          onChange={(isOn) => set({ paused: isOn ? true : undefined })}
        />
        <Check
          label="Keep the last events of each request"
          isOn={policy.history === true}
          onChange={(isOn) => set({ history: isOn ? true : undefined })}
        />
      </fieldset>
    </>
  )
}

interface CheckProps {
  readonly label: string
  readonly isOn: boolean
  onChange(isOn: boolean): void
}

function Check({ label, isOn, onChange }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  )
}

/** The policy without the fields that have no value. */
function without(policy: Readonly<Record<string, unknown>>): Policy {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined))
}
