import type { ActionName } from '../../domain/actions/actions.ts'
import {
  type ActionBegin,
  type ActionKey,
  compareKeys,
  isPlacedSince,
  keyOfAction,
} from '../../domain/actions/order-of-action.ts'
import type { QueueUser } from '../../domain/caller.ts'
import type { Millis } from '../../domain/time.ts'
import type { Selection } from '../params/jobs.ts'
import { FirstInOrder } from './first-in-order.ts'
import type { FoundRequests, JobSteps } from './job-steps.ts'
import { orderCursorOf, textOfCursor } from './order-cursor.ts'
import { findNext } from './selection.ts'

/** So many requests are looked at before others have their turn, and for so long. */
const examinedMax = 1000
const examineMs: Millis = 25

/** What an action is about that is done to the requests in order. */
export interface OrderedTask {
  readonly queueId: string
  readonly user: QueueUser
  readonly name: ActionName
  readonly selection: Selection
  readonly began: ActionBegin
}

/**
 * The selected requests of an action, in its order (14.5). No index has that order: it is that before the locks, and handled
 * requests have their own. So all that are selected are looked at, by their IDs, and the first ones in order are remembered.
 * If there are more, this is repeated for what comes after them. Nothing has to be stored: all follows from the cursor.
 */
export class OrderedWalk {
  readonly #steps: JobSteps
  readonly #task: OrderedTask
  /** Several may go on with one job. */
  #turn: Promise<unknown> = Promise.resolve()
  #pass: Pass | null = null

  constructor(steps: JobSteps, task: OrderedTask) {
    this.#steps = steps
    this.#task = task
  }

  /**
   * The next requests after the cursor. Null: it has to look on for them first, for which it has to be called again.
   * Refuses `queueNotFound`.
   */
  next(cursor: string, countMax: number): Promise<FoundRequests | null> {
    const next = this.#turn.then(() => this.#next(cursor, countMax))
    this.#turn = next.catch(() => {})
    return next
  }

  async #next(cursor: string, countMax: number): Promise<FoundRequests | null> {
    const from = orderCursorOf(cursor)
    const after = from?.after ?? null
    if (this.#pass === null || !this.#pass.covers(after)) this.#pass = this.#newPass(after)
    const pass = this.#pass
    if (!(await this.#look(pass))) return null
    const keys = pass.takeAfter(after, countMax)
    if (keys.length === 0 && pass.first.cutAt !== null) {
      this.#pass = null
      return null
    }
    const total = from?.total ?? pass.found
    const cursors = keys.map((key) => textOfCursor({ after: key, total }))
    return {
      requestIds: keys.map(({ id }) => id),
      cursors,
      cursor: cursors.at(-1) ?? cursor,
      isLast: pass.isAtEndAfter(keys.length) && pass.first.cutAt === null,
      total,
    }
  }

  #newPass(after: ActionKey | null): Pass {
    return new Pass(after, this.#steps.stepSize.inOrder)
  }

  /** Returns whether all selected requests were looked at. */
  async #look(pass: Pass): Promise<boolean> {
    const { queueId, user, name, selection, began } = this.#task
    const beganAt = performance.now()
    while (!pass.hasLooked) {
      const found = await findNext(this.#steps, user, queueId, selection, pass.lookedUpTo, examinedMax)
      const states = await this.#steps.states(queueId, found.requestIds)
      const keys: ActionKey[] = []
      for (const { id, state } of states) {
        if (!isPlacedSince(state, began)) keys.push(keyOfAction(name, id, state, began.at))
      }
      await pass.add(keys, states.length, found)
      if (performance.now() - beganAt > examineMs) break
    }
    return pass.hasLooked
  }
}

/** One look at all that is selected. */
class Pass {
  readonly first: FirstInOrder
  readonly #after: ActionKey | null
  lookedUpTo = ''
  /** How many exist, those included that have got their places since the action began. */
  found = 0
  hasLooked = false
  #inOrder: Generator<ActionKey> | null = null
  /** The next ones in order. */
  #ready: ActionKey[] = []
  #isAtEnd = false
  /** All up to this one are no longer here. */
  #passed: ActionKey | null

  constructor(after: ActionKey | null, max: number) {
    this.#after = after
    this.#passed = after
    this.first = new FirstInOrder(max)
  }

  /** Whether it knows what comes after that key. */
  covers(after: ActionKey | null): boolean {
    if (this.#passed === null) return true
    return after !== null && compareKeys(this.#passed, after) <= 0
  }

  async add(keys: readonly ActionKey[], found: number, { cursor, isLast }: FoundRequests): Promise<void> {
    this.found += found
    const after = this.#after
    await this.first.add(after === null ? keys : keys.filter((key) => compareKeys(key, after) > 0))
    this.lookedUpTo = cursor
    this.hasLooked = isLast
  }

  takeAfter(after: ActionKey | null, countMax: number): readonly ActionKey[] {
    this.#inOrder ??= this.first.inOrder()
    const isPassed = (key: ActionKey) => after !== null && compareKeys(key, after) <= 0
    this.#ready = this.#ready.filter((key) => !isPassed(key))
    while (this.#ready.length <= countMax && !this.#isAtEnd) {
      const { value, done } = this.#inOrder.next()
      if (done === true) this.#isAtEnd = true
      else if (!isPassed(value)) this.#ready.push(value)
    }
    if (after !== null) this.#passed = after
    return this.#ready.slice(0, countMax)
  }

  /** Whether there are no more than the next `count`. */
  isAtEndAfter(count: number): boolean {
    return this.#isAtEnd && this.#ready.length <= count
  }
}
