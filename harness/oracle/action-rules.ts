/** What the owner of a queue does to its requests (14.5), and forks (14.6). The oracle does all of it at once. */
import type { Action } from '../../src/domain/actions/actions.ts'
import type { Millis } from '../../src/domain/time.ts'
import { filterOf } from '../../src/store/jobs/stored-filter.ts'
import type { ActOnRequests, Selection } from '../../src/store/params/jobs.ts'
import { note } from './history.ts'
import { isChosen } from './insight-rules.ts'
import { groupFor, noteEndOfWork } from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import { asTheyCame, laterThan, newPlace, remove } from './stored-queue.ts'

export function act(
  queue: StoredQueue,
  { action, selection, isDryRun }: ActOnRequests,
  now: Millis,
): { matched: number; done: number } {
  queue.accessedAt = now
  const meant = selected(queue, selection, now)
  if (isDryRun) return { matched: meant.length, done: 0 }
  const done = inTurn(meant, action, 'requestIds' in selection).filter((request) => {
    return actOn(queue, action, request, now)
  })
  return { matched: meant.length, done: done.length }
}

/** Copies to an empty queue. */
export function copyAll(from: StoredQueue, to: StoredQueue, selection: Selection, now: Millis): void {
  const handled = ({ content }: StoredRequest) => content.handledAt
  const momentOf = (request: StoredRequest) => {
    return Math.min(now, Math.max(0, handled(request) ?? request.place!.since))
  }
  const meant = selected(from, selection, now)
  const unhandled = asTheyCame(meant.filter(({ place }) => place !== null))
  // Those of one moment come as they got their places, and handled ones after the others.
  const all = [...unhandled, ...byId(meant).filter(({ place }) => place === null)]
  const rankOf = ({ place }: StoredRequest) => place?.sequence ?? Number.POSITIVE_INFINITY
  const inOrder = all
    .map((request) => ({ request, at: momentOf(request), rank: rankOf(request) }))
    .sort((a, b) => a.at - b.at || (a.rank === b.rank ? 0 : a.rank - b.rank))
  to.lastSequence = from.lastSequence
  for (const { request, at } of inOrder) {
    const otherFields = withoutErrors(request.content.otherFields)
    const content = { ...request.content, retryCount: 0, handledAt: null, otherFields }
    const place = newPlace(to, request.place?.side ?? 'end', at)
    const copy = {
      content,
      place,
      lock: null,
      lastHolder: null,
      lockExpiries: 0,
      events: [],
      isGivenUp: false,
    }
    to.requests.push(copy)
    to.writeCount += 1
    to.modifiedAt = now
  }
}

function selected(queue: StoredQueue, selection: Selection, now: Millis): StoredRequest[] {
  const { requests } = queue
  if ('all' in selection) return byId(requests)
  if ('filter' in selection) {
    const filter = filterOf(selection.filter)
    return byId(requests).filter((request) => isChosen(queue, filter, request, now))
  }
  return selection.requestIds.flatMap((id) => requests.filter(({ content }) => content.id === id))
}

function byId(requests: readonly StoredRequest[]): StoredRequest[] {
  return [...requests].sort((a, b) => (a.content.id < b.content.id ? -1 : 1))
}

/** They keep their order among themselves. Those that are named come as they are named. */
function inTurn(requests: StoredRequest[], { name }: Action, areNamed: boolean): StoredRequest[] {
  const handled = requests.filter(({ place }) => place === null)
  handled.sort((a, b) => a.content.handledAt! - b.content.handledAt!)
  const came = asTheyCame(requests.filter(({ place }) => place !== null))
  if (name === 'unlock') return came
  if (areNamed) return requests
  const head = came.filter(({ place }) => place!.side === 'forefront').reverse()
  const inQueue = [...head, ...came.filter(({ place }) => place!.side === 'end')]
  return name === 'forefront' ? inQueue.reverse() : [...handled, ...inQueue]
}

/** Returns whether it changed anything. */
function actOn(queue: StoredQueue, action: Action, request: StoredRequest, now: Millis): boolean {
  const { content, place, lock } = request
  const isHandled = place === null
  switch (action.name) {
    case 'giveBack': {
      letGo(queue, request, now)
      const otherFields = action.keepsErrors ? content.otherFields : withoutErrors(content.otherFields)
      request.content = { ...content, retryCount: 0, handledAt: null, otherFields }
      request.place = newPlace(queue, 'end', now)
      note(queue, request, isHandled ? 'reopened' : 'givenBack', now, null)
      break
    }
    case 'markHandled':
      if (isHandled) return false
      letGo(queue, request, now)
      request.content = { ...content, handledAt: now }
      request.place = null
      note(queue, request, 'handled', now, null)
      break
    case 'delete':
      remove(queue, content.id, now)
      return true
    case 'unlock':
      if (lock === null) return false
      letGo(queue, request, now)
      request.place = newPlace(queue, place!.side, now)
      note(queue, request, 'givenBack', now, null)
      break
    case 'forefront':
      if (isHandled) return false
      request.place = newPlace(queue, 'forefront', now)
      if (lock === null && laterThan(now, place) !== null) note(queue, request, 'givenBack', now, null)
      break
    case 'schedule':
      if (isHandled) return false
      letGo(queue, request, now)
      request.place = newPlace(queue, 'end', Math.max(now, action.availableAt!))
      note(queue, request, 'givenBack', now, null, laterThan(now, request.place))
      break
  }
  queue.writeCount += 1
  queue.modifiedAt = now
  return true
}

/** Nobody works on it any more, and nobody can take it back. */
function letGo(queue: StoredQueue, request: StoredRequest, now: Millis): void {
  if (request.lock !== null) noteEndOfWork(queue, groupFor(queue, request.lock), now)
  request.lock = null
  request.lastHolder = null
  request.lockExpiries = 0
  request.isGivenUp = false
}

function withoutErrors(otherFields: string): string {
  const fields: { errorMessages?: unknown } = JSON.parse(`{${otherFields}}`)
  if (!('errorMessages' in fields)) return otherFields
  return JSON.stringify({ ...fields, errorMessages: [] }).slice(1, -1)
}
