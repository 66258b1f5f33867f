import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { HostRow, PolicyState } from '../../../api/shapes.ts'
import { Button } from '../../../parts/button.tsx'
import { Menu } from '../../../parts/menu.tsx'
import { attempt, say } from '../../../state/messages.ts'

const minutes = [1, 10, 60] as const

interface HostActionsProps {
  readonly queueId: string
  readonly row: HostRow
  readonly policy: PolicyState | null
  onChanged(): void
}

/** Lets one host rest for a while, or until somebody ends that. */
export function HostActions({ queueId, row, policy, onChanged }: HostActionsProps) {
  const { host, paused, cooldownUntil } = row
  const path = queuePath(queueId, `/hosts/${encodeURIComponent(host)}/cooldown`)

  async function change(text: string, work: () => Promise<unknown>): Promise<void> {
    await attempt(async () => {
      await work()
      say(text)
      onChanged()
    })
  }

  function pause(): Promise<unknown> {
    const { policy: document, version } = policy!
    const rest = (document.rules ?? []).filter(({ hosts }) => hosts !== host)
    const own = (document.rules ?? []).find(({ hosts }) => hosts === host) ?? { hosts: host }
    const { paused: _, ...resumed } = own
    const isEmpty = Object.keys(resumed).length === 1
    const next = paused ? (isEmpty ? [] : [resumed]) : [{ ...own, paused: true }]
    const headers = { 'if-match': `"${version}"` }
    return call('PUT', queuePath(queueId, '/policy'), { ...document, rules: [...next, ...rest] }, { headers })
  }

  return (
    <Menu label={`Actions on ${host}`}>
      {minutes.map((each) => (
        <Button
          key={each}
          onClick={() =>
            void change(`${host} rests for ${each} min.`, () => call('POST', path, { secs: 60 * each }))
          }
        >
          Cool down for {each} min
        </Button>
      ))}
      {cooldownUntil !== null && (
        <Button onClick={() => void change(`The cooldown of ${host} has ended.`, () => call('DELETE', path))}>
          End the cooldown
        </Button>
      )}
      {policy !== null && (
        <Button onClick={() => void change(paused ? `${host} goes on.` : `${host} is paused.`, pause)}>
          {paused ? 'Resume' : 'Pause'}
        </Button>
      )}
    </Menu>
  )
}
