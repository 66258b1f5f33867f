import type { PolicyRule } from '../../../api/shapes.ts'
import { Button } from '../../../parts/button.tsx'
import { HostsField } from './hosts-field.tsx'
import { NumberField } from './number-field.tsx'

interface RuleRowProps {
  readonly rule: PolicyRule
  onChange(rule: PolicyRule): void
  onRemove(): void
}

export function RuleRow({ rule, onChange, onRemove }: RuleRowProps) {
  const { hosts, concurrency, delaySecs, paused } = rule
  function set(changes: Readonly<Record<string, unknown>>): void {
    const entries = Object.entries({ ...rule, ...changes }).filter(([, value]) => value !== undefined)
    // The server says what is wrong with a value.
    onChange(Object.fromEntries(entries) as unknown as PolicyRule)
  }
  return (
    <div class="rule">
      <HostsField value={hosts} onChange={(next) => set({ hosts: next })} />
      <NumberField label="At once" value={concurrency} onChange={(next) => set({ concurrency: next })} />
      <NumberField label="Delay, s" value={delaySecs} onChange={(next) => set({ delaySecs: next })} />
      <label class="check">
        <input
          type="checkbox"
          checked={paused === true}
          onChange={({ currentTarget }) => set({ paused: currentTarget.checked ? true : undefined })}
        />
        Paused
      </label>
      <Button icon="close" kind="plain" label="Remove the rule" onClick={onRemove} />
    </div>
  )
}
