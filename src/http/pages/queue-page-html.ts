import { type Millis, toIso } from '../../domain/time.ts'
import { urlPreviewLength } from '../../store/maintenance/requests-overview.ts'
import type { InspectedQueue } from '../../store/params/queues.ts'
import type {
  LockedRequestSummary,
  NextRequestSummary,
  RequestsOverview,
  UrlPreview,
} from '../../store/params/requests.ts'
import { shortened } from '../api/well-formed.ts'
import { type Html, html } from './html.ts'
import { page } from './page.ts'

/** Longer texts are cut to this many characters. */
const shownLengthMax = urlPreviewLength

interface Held extends LockedRequestSummary {
  readonly endsInMs: Millis
}

export function queueHtml({ queue, readAt: now }: InspectedQueue, requests: RequestsOverview): string {
  const held = requests.locked.map((request): Held => ({ ...request, endsInMs: request.lockExpiresAt - now }))
  const name = queue.name ?? 'Unnamed queue'
  const pending = queue.totalRequestCount - queue.handledRequestCount
  const body = html`
    <header><h1>${name} <small>request queue</small></h1>
      <p>At ${toIso(now)}. <a href="">Look again</a></p></header>
    <main>
    ${tiles({
      Total: queue.totalRequestCount,
      Handled: queue.handledRequestCount,
      Pending: pending,
      'Of these locked': requests.hasMoreLocked ? `over ${shownNumber(held.length)}` : held.length,
    })}
    <table>${[
      row('ID', html`<code>${queue.id}</code>`),
      ...(queue.title === null ? [] : [row('Title', cut(queue.title))]),
      row('Owner', queue.ownerName),
      row('Created', timeHtml(queue.createdAt, now)),
      row('Modified', timeHtml(queue.modifiedAt, now)),
      row('Accessed', timeHtml(queue.accessedAt, now)),
      row('Had multiple clients', queue.hadMultipleClients ? 'yes' : 'no'),
    ]}</table>
    <h4>Statistics</h4>${tiles({ ...queue.stats })}
    <h2>Who holds what</h2>${clientsHtml(held)}
    ${requests.hasMoreLocked ? html`<p>More requests are locked than the ${held.length} that this page has read.</p>` : ''}
    <h2>What comes next</h2>${nextHtml(requests.next)}
    <h2>Locked requests</h2>${lockedHtml(held)}
    </main>`
  return page(`${name} - Headlock`, body)
}

/** @param address the address of the queue in the path */
export function noQueueHtml(address: string): string {
  return page(
    'No such queue - Headlock',
    html`<main class="form"><h1>No such queue</h1>
      <p>Request Queue was not found: the owner of this token has none at
        <code class="url">${cut(address)}</code>. It may have been deleted, as an unnamed queue is when nobody
        uses it for long.</p></main>`,
  )
}

/** @param held sorted by client key, then by the end of the lock */
function clientsHtml(held: readonly Held[]): Html {
  if (held.length === 0) return html`<p>Nobody holds a request.</p>`
  const clients = [...Map.groupBy(held, ({ clientKey }) => clientKey)]
  const rows = clients.map(
    ([clientKey, its]) => html`<tr><td><code>${clientKey}</code></td><td>${its.length}</td>
      <td>${durationText(its[0]!.endsInMs)}</td><td>${durationText(its.at(-1)!.endsInMs)}</td></tr>`,
  )
  return listHtml(['Client key', 'Holds', 'First lock ends in', 'Last lock ends in'], rows)
}

function nextHtml(next: readonly NextRequestSummary[]): Html {
  if (next.length === 0) return html`<p>Nothing can be handed out now.</p>`
  const rows = next.map(
    ({ url, method, retryCount }) =>
      html`<tr><td class="url">${urlHtml(url)}</td><td>${method}</td><td>${retryCount}</td></tr>`,
  )
  return html`<p>The first ${next.length} of the requests that can be handed out now, in order.</p>
    ${listHtml(['URL', 'Method', 'Retries'], rows)}`
}

/** @param held in the order in which the page shows them */
function lockedHtml(held: readonly Held[]): Html {
  if (held.length === 0) return html`<p>None.</p>`
  const shown = held.filter(({ url }) => url !== undefined)
  const rows = shown.map(
    ({ url, clientKey, endsInMs }) => html`<tr><td class="url">${urlHtml(url!)}</td>
      <td><code>${clientKey}</code></td><td>${durationText(endsInMs)}</td></tr>`,
  )
  const part = shown.length < held.length ? `The first ${shown.length} of ${held.length}, by` : 'By'
  return html`<p>${part} client key and end of the lock.</p>
    ${listHtml(['URL', 'Client key', 'Lock ends in'], rows)}`
}

function urlHtml({ text, bytes }: UrlPreview): Html | string {
  return text === null ? html`<i>a URL of ${shownNumber(bytes)} bytes</i>` : cut(text)
}

function listHtml(columns: readonly string[], rows: readonly Html[]): Html {
  const names = columns.map((column) => html`<th>${column}</th>`)
  return html`<table class="list"><thead><tr>${names}</tr></thead><tbody>${rows}</tbody></table>`
}

function tiles(values: Readonly<Record<string, string | number>>): Html {
  return html`<dl class="tiles">${Object.entries(values).map(
    ([name, value]) =>
      html`<div><dt>${name}</dt><dd>${typeof value === 'number' ? shownNumber(value) : value}</dd></div>`,
  )}</dl>`
}

function row(name: string, value: Html | string): Html {
  return html`<tr><th>${name}</th><td>${value}</td></tr>`
}

function timeHtml(at: Millis, now: Millis): Html {
  return html`${toIso(at)} <i>${durationText(now - at)} ago</i>`
}

const units: readonly (readonly [name: string, ms: Millis])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

/** Formats a duration in the largest unit of which it has at least two. */
function durationText(ms: Millis): string {
  const [name, unitMs] = units.find(([, unitMs]) => ms >= 2 * unitMs) ?? ['s', 1000]
  return `${Math.round(ms / unitMs)} ${name}`
}

function shownNumber(value: number): string {
  return value.toLocaleString('en-US')
}

function cut(text: string): string {
  return shortened(text, shownLengthMax)
}
