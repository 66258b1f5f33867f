import { useEffect, useRef } from 'preact/hooks'
import { useKeys } from '../../state/keys.ts'
import { go, hrefOf, queueWay } from '../../state/route.ts'

const tabs = {
  overview: 'Overview',
  requests: 'Requests',
  failures: 'Failures',
  hosts: 'Hosts',
  clients: 'Clients',
  policy: 'Policy',
} as const

export type TabName = keyof typeof tabs
const names = Object.keys(tabs) as TabName[]

export function tabIn(query: URLSearchParams): TabName {
  return names.find((name) => name === query.get('tab')) ?? 'overview'
}

interface TabsProps {
  readonly queueId: string
  readonly current: TabName
}

/** The parts of a queue. `[` and `]` go to the one before and the next. */
export function Tabs({ queueId, current }: TabsProps) {
  const wayTo = (name: TabName) => queueWay(queueId, name === 'overview' ? '' : `?tab=${name}`)
  const step = (by: number) => () => {
    const next = names[names.indexOf(current) + by]
    if (next !== undefined) go(wayTo(next))
  }
  useKeys({ '[': step(-1), ']': step(1) })
  const bar = useRef<HTMLElement>(null)
  // On a phone, not all of them have room.
  useEffect(() => {
    const link = bar.current!.querySelector<HTMLElement>('[aria-current]')!
    bar.current!.scrollLeft = link.offsetLeft - (bar.current!.clientWidth - link.clientWidth) / 2
  }, [current])
  return (
    <nav class="tabs" aria-label="Parts of the queue" ref={bar}>
      {names.map((name) => (
        <a key={name} href={hrefOf(wayTo(name))} aria-current={name === current ? 'page' : undefined}>
          {tabs[name]}
        </a>
      ))}
    </nav>
  )
}
