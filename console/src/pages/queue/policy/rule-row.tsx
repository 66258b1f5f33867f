import type { PolicyRule } from '../../../api/shapes.ts'
import { Button } from '../../../parts/button.tsx'

interface RuleRowProps {
  readonly rule: PolicyRule
  onChange(rule: PolicyRule): void
  onRemove(): void
}

export function RuleRow({ rule, onChange, onRemove }: RuleRowProps) {
  const { hosts, concurrency, delaySecs, paused } = rule
  function set(name: 'concurrency' | 'delaySecs', text: string): void {
    const { [name]: _, ...rest } = rule
    onChange(text.trim() === '' || !Number.isFinite(Number(text)) ? rest : { ...rest, [name]: Number(text) })
  }
  return (
    <div class="rule">
      <label class="field rule-hosts">
        <span>Hosts</span>
        <input
          value={typeof hosts === 'string' ? hosts : hosts.join(', ')}
          spellcheck={false}
          onInput={({ currentTarget }) => onChange({ ...rule, hosts: hostsIn(currentTarget.value) })}
        />
      </label>
      <label class="field">
        <span>At once</span>
        <input
          class="number"
          inputMode="numeric"
          value={concurrency ?? ''}
          onInput={({ currentTarget }) => set('concurrency', currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Delay, s</span>
        <input
          class="number"
          inputMode="decimal"
          value={delaySecs ?? ''}
          onChange={({ currentTarget }) => set('delaySecs', currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={paused === true}
          onChange={({ currentTarget }) => {
            const { paused: _, ...rest } = rule
            onChange(currentTarget.checked ? { ...rest, paused: true } : rest)
          }}
        />
        Paused
      </label>
      <Button icon="close" kind="plain" label="Remove the rule" onClick={onRemove} />
    </div>
  )
}

function hostsIn(text: string): string | readonly string[] {
  return text.includes(',') ? text.split(',').map((host) => host.trim()) : text.trim()
}
