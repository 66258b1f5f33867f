import { call } from '../../../api/call.ts'
import { queuePath } from '../../../api/paths.ts'
import type { ActionAnswer, RequestAction, RequestFilter } from '../../../api/shapes.ts'

/** The requests that an action is about. */
export type ActionTarget = { readonly ids: readonly string[] } | { readonly filter: RequestFilter }

export interface ActionOptions {
  readonly availableAt?: string
  readonly keepErrors?: boolean
}

export function runAction(
  queueId: string,
  action: RequestAction,
  target: ActionTarget,
  options: ActionOptions & { readonly dryRun?: boolean },
): Promise<ActionAnswer> {
  return call<ActionAnswer>('POST', queuePath(queueId, '/actions'), {
    action,
    ...sentTarget(target),
    ...options,
  })
}

/** As the body of a call has it: a number where the address has a text. */
export function sentTarget(target: ActionTarget): object {
  if ('ids' in target) return target
  const { retryCountMin, ...rest } = target.filter
  return { filter: retryCountMin === undefined ? rest : { ...rest, retryCountMin: Number(retryCountMin) } }
}
