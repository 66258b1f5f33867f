/** An action on requests as commands and histories name it, and as a store takes it. */
import type { ActionName } from '../../src/domain/actions/actions.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { everyRequest } from '../../src/domain/insight/request-filter.ts'
import type { Standing } from '../../src/domain/insight/standing.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { ActOnRequests, Selection } from '../../src/store/params/jobs.ts'

export interface Chosen {
  /** Null: requests in these states. */
  readonly keys: readonly string[] | null
  /** Null: all requests. */
  readonly states: readonly Standing[] | null
}

export function selectionOf({ keys, states }: Chosen): Selection {
  if (keys !== null) return { requestIds: keys.map(requestIdOf) }
  return states === null ? { all: true } : { filter: { ...everyRequest, states } }
}

/** @param until the moment to which it schedules */
export function actionOf(name: ActionName, until: Millis): ActOnRequests['action'] {
  return { name, keepsErrors: false, availableAt: name === 'schedule' ? until : null }
}
