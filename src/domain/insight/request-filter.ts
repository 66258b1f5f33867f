import { labelOf } from '../label.ts'
import { groupOfHost } from '../policy/group-of.ts'
import { hostOf } from '../policy/host-names.ts'
import type { GroupBy } from '../policy/policy.ts'
import type { RequestView } from '../request.ts'
import { errorMessagesOf, failureText } from './failure.ts'
import { isAmong, type Standing } from './standing.ts'

/** Chooses requests of a queue (14.4). All of it has to be true of a request. Null: it does not matter. */
export interface RequestFilter {
  /** Any of these. */
  readonly states: ReadonlySet<Standing> | null
  /** A part of its URL. */
  readonly url: string | null
  /** The host of its URL, or the group that counts for it (13.3). Lower case. */
  readonly host: string | null
  /** Its `userData.label`. */
  readonly label: string | null
  /** A part of one of its error messages, or the text by which failures are grouped. */
  readonly error: string | null
  /** The key of the client that holds it. */
  readonly client: string | null
  /** The run of the client that holds it, or `noRun`. */
  readonly run: string | null
  readonly retryCountMin: number
}

/** As a `run`: the client that holds the request is in no run. No run can have this name. */
export const noRun = '(none)'

export const everyRequest: RequestFilter = {
  states: null,
  url: null,
  host: null,
  label: null,
  error: null,
  client: null,
  run: null,
  retryCountMin: 0,
}

/** What a filter looks at. */
export interface Filtered {
  readonly view: RequestView
  /** The run of its live lock. */
  readonly lockRunId: string | null
  readonly standing: Standing
  /** By what the requests of its queue are in groups. */
  readonly grouping: GroupBy | null
}

/** Whether the filter chooses the request. Its `otherFields` have to be JSON. */
export function isChosen(filter: RequestFilter, { view, lockRunId, standing, grouping }: Filtered): boolean {
  const { states, url, host, label, error, client, run, retryCountMin } = filter
  return (
    (states === null || isAmong(standing, states)) &&
    view.retryCount >= retryCountMin &&
    (client === null || view.lockByClient === client) &&
    (run === null || (view.lockByClient !== null && isRun(run, lockRunId))) &&
    (url === null || view.url.includes(url)) &&
    (host === null || isOfHost(view.url, host, grouping)) &&
    (label === null || labelOf(view.otherFields) === label) &&
    (error === null || hasError(view.otherFields, error))
  )
}

/** @param runId of a live lock */
export function isRun(wanted: string, runId: string | null): boolean {
  return wanted === (runId ?? noRun)
}

/** Whoever sees a group of failures can ask for its requests, although its text leaves out what differs between them. */
function hasError(otherFields: string, wanted: string): boolean {
  const messages = errorMessagesOf(otherFields)
  if (messages.some((message) => message.includes(wanted))) return true
  return messages.length > 0 && failureText(messages.at(-1)) === wanted
}

function isOfHost(url: string, wanted: string, grouping: GroupBy | null): boolean {
  const host = hostOf(url)
  return host === wanted || groupOfHost(host, grouping) === wanted
}
