/** Writes the rows of requests. A queue writes only the columns that its policy needs. */
import { rankOf } from '../../../domain/policy/rank.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import {
  addedNames,
  addedValues,
  contentNames,
  contentValues,
  lockValues,
  placeValues,
  policyValues,
  stateNames,
} from '../../columns/requests.ts'
import type { QueueState } from '../../queue-state.ts'
import { assignments, placeholders, sqlitePolicyNames } from '../columns.ts'
import { appendHistory } from './history-columns.ts'
import type { Session } from './session.ts'

// Each text is built only once. A text built for each call would have to be compared with the prepared ones.
const insertOf = (names: readonly string[]) => `
  INSERT INTO requests (queue_number, ${names.join(', ')})
  VALUES (?, ${placeholders(names)})
  ON CONFLICT (queue_number, id) DO NOTHING`
const updateOf = (names: readonly string[]) => `UPDATE requests SET ${assignments(names)} WHERE number = ?`
/** After the values of the columns come the version since which there is a history, its entries, and the row. */
const updateWithHistoryOf = (names: readonly string[]) => {
  const [since, entries, number] = [1, 2, 3].map((place) => `?${names.length + place}`)
  const appended = appendHistory(since!, entries!, 0)
  return `UPDATE requests SET ${assignments(names)}, ${appended} WHERE number = ${number}`
}

const movedByPolicy = [...stateNames, ...sqlitePolicyNames]
const replaced = [...stateNames, ...contentNames]
/** A request may fail, or be tried again, whatever the policy. */
const replacedWithFailure = [...replaced, 'failure']
const replacedByPolicy = [...replaced, ...sqlitePolicyNames]

const insert = insertOf(addedNames)
const insertByPolicy = insertOf([...addedNames, ...sqlitePolicyNames])
const insertWithHistory = insertOf([...addedNames, ...sqlitePolicyNames, 'history_since', 'history'])
const move = updateOf(stateNames)
const moveByPolicy = updateOf(movedByPolicy)
const moveWithHistory = updateWithHistoryOf(movedByPolicy)
const regroup = updateOf(['group_name', 'rank', 'lock_group', 'group_number'])
const replace = updateOf(replacedWithFailure)
const replaceByPolicy = updateOf(replacedByPolicy)
const replaceWithHistory = updateWithHistoryOf(replacedByPolicy)

export function insertRow(
  session: Session,
  queue: QueueState,
  content: RequestContent,
  state: RequestState,
  history: string | undefined,
) {
  const { number } = queue
  if (history !== undefined) {
    const values = [...addedValues(content, state), ...policyValuesOf(session, queue, state)] as const
    return session.statement(insertWithHistory).run(number, ...values, queue.historySince, history)
  }
  // Hardly any request has failed before it is added.
  if (!needsPolicyColumns(queue) && state.failure === null)
    return session.statement(insert).run(number, ...addedValues(content, state))
  return session
    .statement(insertByPolicy)
    .run(number, ...addedValues(content, state), ...policyValuesOf(session, queue, state))
}

/** @param number of the row */
export function moveRow(
  session: Session,
  queue: QueueState,
  number: number,
  state: RequestState,
  history: string | undefined,
): void {
  if (hasEntries(history)) {
    const values = [
      ...placeValues(state),
      ...lockValues(state),
      ...policyValuesOf(session, queue, state),
    ] as const
    session.statement(moveWithHistory).run(...values, queue.historySince, history, number)
  } else if (needsPolicyColumns(queue)) {
    const values = [
      ...placeValues(state),
      ...lockValues(state),
      ...policyValuesOf(session, queue, state),
    ] as const
    session.statement(moveByPolicy).run(...values, number)
  } else {
    session.statement(move).run(...placeValues(state), ...lockValues(state), number)
  }
}

/** @param number of the row */
export function replaceRow(
  session: Session,
  queue: QueueState,
  number: number,
  content: RequestContent,
  state: RequestState,
  history: string | undefined,
): void {
  const values = [...placeValues(state), ...lockValues(state), ...contentValues(content, state)]
  if (hasEntries(history)) {
    const { historySince } = queue
    session
      .statement(replaceWithHistory)
      .run(...values, ...policyValuesOf(session, queue, state), historySince, history, number)
  } else if (needsPolicyColumns(queue)) {
    session.statement(replaceByPolicy).run(...values, ...policyValuesOf(session, queue, state), number)
  } else {
    session.statement(replace).run(...values, state.failure, number)
  }
}

/** Of all indexes, it touches only the one of groups. @param number of the row */
export function regroupRow(session: Session, queue: QueueState, number: number, state: RequestState): void {
  const { group, place, lockGroup, priority } = state
  const values = [group, rankOf(place!, priority), lockGroup, session.groups.numberOf(queue, group!)] as const
  session.statement(regroup).run(...values, number)
}

function hasEntries(history: string | undefined): history is string {
  return history !== undefined && history !== ''
}

/** In the order of `sqlitePolicyNames`. */
function policyValuesOf(session: Session, queue: QueueState, state: RequestState) {
  const { group, place } = state
  const isInGroup = group !== null && place !== null
  return [...policyValues(state), isInGroup ? session.groups.numberOf(queue, group) : null] as const
}

/** Statements of other queues do not write the columns that only some policies need. */
function needsPolicyColumns(queue: QueueState): boolean {
  return queue.grouping !== null || queue.revisitAt !== null
}
