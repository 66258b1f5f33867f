import type { ActionKey } from '../../domain/actions/order-of-action.ts'

/** Where an action in order is: the key of the last request that it is done with, and about how many there are in all. */
export interface OrderCursor {
  readonly after: ActionKey
  readonly total: number
}

/** As a job stores it. */
export function textOfCursor({ after: { id, isHandled, at, sequence }, total }: OrderCursor): string {
  return JSON.stringify([id, isHandled, at, sequence, total])
}

/** Null at the beginning. */
export function orderCursorOf(text: string): OrderCursor | null {
  if (text === '') return null
  const [id, isHandled, at, sequence, total] = JSON.parse(text) as [string, boolean, number, number, number]
  return { after: { id, isHandled, at, sequence }, total }
}
