import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { call, signedOut } from './api/call.ts'
import type { Session } from './api/shapes.ts'
import { HelpDialog } from './help-dialog.tsx'
import { QueuePage } from './pages/queue/queue-page.tsx'
import { QueuesPage } from './pages/queues/queues-page.tsx'
import { ServerPage } from './pages/server/server-page.tsx'
import { Button } from './parts/button.tsx'
import { Empty } from './parts/empty.tsx'
import { Logo } from './parts/icons.tsx'
import { LiveSign } from './parts/live-sign.tsx'
import { Menu } from './parts/menu.tsx'
import { useKeys } from './state/keys.ts'
import { attempt } from './state/messages.ts'
import { go, hrefOf, type Route, useRoute } from './state/route.ts'
import { setTheme, themes, useTheme } from './state/theme.ts'

/** What surrounds every page. */
export function Frame({ session }: { readonly session: Session }) {
  const route = useRoute()
  const [hasHelp, setHasHelp] = useState(false)
  useKeys({
    'g q': () => go(''),
    'g s': () => go('server'),
    '?': () => setHasHelp(true),
  })
  return (
    <>
      <header class="bar">
        <a class="brand" href={hrefOf('')} aria-label="Headlock">
          <Logo />
          <span>Headlock</span>
        </a>
        <nav aria-label="Pages">
          <PageLink way="" isCurrent={route.page === 'queues' || route.page === 'queue'}>
            Queues
          </PageLink>
          <PageLink way="server" isCurrent={route.page === 'server'}>
            Server
          </PageLink>
        </nav>
        <LiveSign />
        <ThemeButton />
        <span class="small quiet user-name" title={session.mayWrite ? '' : 'This token may only read.'}>
          {session.username}
          {!session.mayWrite && ' (read only)'}
        </span>
        <Menu label="More">
          <Button onClick={() => setHasHelp(true)}>Keyboard</Button>
          <a class="button" href={hrefOf('../docs')} target="_blank" rel="noreferrer">
            API documentation
          </a>
          <Button onClick={() => void signOut()}>Sign out</Button>
        </Menu>
      </header>
      <main>
        <PageOf route={route} />
      </main>
      {hasHelp && <HelpDialog onClose={() => setHasHelp(false)} />}
    </>
  )
}

function PageOf({ route }: { readonly route: Route }) {
  if (route.page === 'queues') return <QueuesPage query={route.query} />
  if (route.page === 'queue')
    return <QueuePage key={route.queueId} queueId={route.queueId} query={route.query} />
  if (route.page === 'server') return <ServerPage query={route.query} />
  return (
    <section class="panel">
      <Empty title="There is no such page">
        <a href={hrefOf('')}>All queues</a>
      </Empty>
    </section>
  )
}

interface PageLinkProps {
  readonly way: string
  readonly isCurrent: boolean
  readonly children: ComponentChildren
}

function PageLink({ way, isCurrent, children }: PageLinkProps) {
  return (
    <a href={hrefOf(way)} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  )
}

function ThemeButton() {
  const theme = useTheme()
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!
  return (
    <Button
      icon="theme"
      kind="plain"
      label={`Colours: ${theme}. Change to ${next}.`}
      onClick={() => setTheme(next)}
    />
  )
}

async function signOut(): Promise<void> {
  await attempt(async () => {
    await call('DELETE', 'headlock/v1/session')
    signedOut.dispatchEvent(new Event('signed-out'))
  })
}
