import { useState } from 'preact/hooks'

type Hosts = string | readonly string[]

/** The hosts of a rule, parted by commas. The text stays as it is typed: a comma at its end means that another host follows. */
export function HostsField({ value, onChange }: { readonly value: Hosts; onChange(value: Hosts): void }) {
  const [text, setText] = useState(() => textOf(value))
  const shown = textOf(hostsIn(text)) === textOf(value) ? text : textOf(value)
  return (
    <label class="field rule-hosts">
      <span>Hosts</span>
      <input
        value={shown}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          onChange(hostsIn(currentTarget.value))
        }}
      />
    </label>
  )
}

function textOf(hosts: Hosts): string {
  return typeof hosts === 'string' ? hosts : hosts.join(', ')
}

function hostsIn(text: string): Hosts {
  const hosts = text
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
  return hosts.length > 1 ? hosts : (hosts[0] ?? '')
}
