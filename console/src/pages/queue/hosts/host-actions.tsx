import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { HostRow } from '../../../api/shapes.ts'
import { visibleText } from '../../../format/visible.ts'
import { Button } from '../../../parts/button.tsx'
import { Menu } from '../../../parts/menu.tsx'
import { attempt, say } from '../../../state/messages.ts'
import { changePolicy } from '../policy/change-policy.ts'

const minutes = [1, 10, 60] as const

interface HostActionsProps {
  readonly queueId: string
  readonly row: HostRow
  onChanged(): void
}

/** Lets one host rest for a while, or until somebody ends that. */
export function HostActions({ queueId, row, onChanged }: HostActionsProps) {
  const { host, paused, cooldownUntil } = row
  const path = queuePath(queueId, `/hosts/${encodeURIComponent(host)}/cooldown`)

  async function change(text: string, work: () => Promise<unknown>): Promise<void> {
    await attempt(async () => {
      await work()
      say(text)
      onChanged()
    })
  }

  function pause(): Promise<void> {
    return changePolicy(queueId, ({ rules = [], ...policy }) => {
      const others = rules.filter(({ hosts }) => hosts !== host)
      const { paused: _, ...own } = rules.find(({ hosts }) => hosts === host) ?? { hosts: host }
      const isEmpty = Object.keys(own).length === 1
      const next = paused ? (isEmpty ? [] : [own]) : [{ ...own, paused: true }]
      return { ...policy, rules: [...next, ...others] }
    })
  }

  return (
    <Menu label={`Actions on ${visibleText(host)}`}>
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
      <Button onClick={() => void change(paused ? `${host} goes on.` : `${host} is paused.`, pause)}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
    </Menu>
  )
}
