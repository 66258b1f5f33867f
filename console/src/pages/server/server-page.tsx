import { useEffect } from 'preact/hooks'
import type { ServerState } from '../../api/shapes.ts'
import { bytesText, countText, msText, rateText } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Time } from '../../parts/time.tsx'
import { useData } from '../../state/use-data.ts'
import { useLiveFigures } from '../../state/use-live-figures.ts'
import { FiguresPanel } from '../queue/overview/figures-panel.tsx'
import { Facts } from './facts.tsx'
import { JobsPanel } from './jobs-panel.tsx'
import { RoutesPanel } from './routes-panel.tsx'
import { TokensPanel } from './tokens-panel.tsx'

const path = 'headlock/v1/server'
const everyMs = 2000

/** The server and its store: what they do, how fast, and how much room is left. */
export function ServerPage({ query }: { readonly query: URLSearchParams }) {
  const { data: server, error } = useData<ServerState>(path, everyMs)
  const figures = useLiveFigures(path)
  useEffect(() => {
    document.title = 'Server - Headlock'
  }, [])
  return (
    <>
      <h1>Server</h1>
      {server === null && error !== null && (
        <section class="panel">
          <Empty title={error.status === 404 ? 'This server does not tell about itself' : error.message} />
        </section>
      )}
      {server !== null && (
        <>
          <div class="server-facts">
            <ServerFacts server={server} />
            <StoreFacts server={server} />
            <CommitFacts server={server} />
          </div>
          {!figures.isAbsent && <FiguresPanel path={path} query={query} live={figures.live} />}
          <RoutesPanel routes={server.routes} />
          <div class="server-halves">
            <TokensPanel tokens={server.tokens} />
            <JobsPanel />
          </div>
        </>
      )}
    </>
  )
}

interface PartProps {
  readonly server: ServerState
}

function ServerFacts({ server }: PartProps) {
  const { version, node, startedAt, processes = [], connections, eventLoopDelayMs } = server
  const threads = processes.reduce((sum, process) => sum + process.threads, 0)
  const memory = processes.reduce((sum, process) => sum + process.residentBytes, 0)
  return (
    <Panel title="Headlock">
      <Facts
        facts={[
          ['Version', version],
          ['Node.js', node],
          ['Started', <Time key="at" at={startedAt} />],
          ...(threads === 0 ? [] : ([['Threads', countText(threads)]] as const)),
          ...(memory === 0 ? [] : ([['Memory', bytesText(memory)]] as const)),
          ...(connections === undefined ? [] : ([['Connections', countText(connections)]] as const)),
          ['Event loop, 99%', spreadText(eventLoopDelayMs.p99)],
        ]}
      />
    </Panel>
  )
}

function StoreFacts({ server }: PartProps) {
  const { store, disk } = server
  return (
    <Panel title="Store">
      <Facts
        facts={[
          [
            'Kind',
            store.kind === 'sqlite' ? 'SQLite' : store.kind === 'postgres' ? 'PostgreSQL' : store.kind,
          ],
          ['Version', store.version],
          ['Size', store.sizeBytes === null ? '–' : bytesText(store.sizeBytes)],
          ...(store.walBytes == null ? [] : ([['Log', bytesText(store.walBytes)]] as const)),
          ...(store.pool === undefined
            ? []
            : ([
                ['Connections in use', countText(store.pool.busy)],
                ['Connections idle', countText(store.pool.idle)],
                ['Calls waiting', countText(store.pool.waiting)],
              ] as const)),
          ...(disk === null
            ? []
            : ([['Disk free', `${bytesText(disk.freeBytes)} of ${bytesText(disk.totalBytes)}`]] as const)),
        ]}
      />
    </Panel>
  )
}

function CommitFacts({ server }: PartProps) {
  const { commits, fsync } = server
  return (
    <Panel title="Commits">
      <Facts
        facts={[
          ['Per second', rateText(commits.perSec)],
          ['Calls in one', commits.callsPerCommit === null ? '–' : rateText(commits.callsPerCommit)],
          ['Half within', spreadText(commits.p50Ms)],
          ['99% within', spreadText(commits.p99Ms)],
          ...(fsync === null
            ? []
            : ([
                ['Sync, half within', spreadText(fsync.p50Ms)],
                ['Sync, 99% within', spreadText(fsync.p99Ms)],
              ] as const)),
        ]}
      />
    </Panel>
  )
}

function spreadText(ms: number | null): string {
  return ms === null ? '–' : msText(ms)
}
