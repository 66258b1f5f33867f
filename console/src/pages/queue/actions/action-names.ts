import type { RequestAction } from '../../../api/shapes.ts'

interface ActionWords {
  readonly button: string
  /** What it does, after a number of requests: `12 requests will be …`. */
  readonly becomes: string
  readonly isDangerous?: boolean
}

/** What can be done to requests. A fork leaves them as they are. */
export const choices = [
  'giveBack',
  'unlock',
  'forefront',
  'schedule',
  'markHandled',
  'fork',
  'delete',
] as const satisfies readonly (RequestAction | 'fork')[]
export type Choice = (typeof choices)[number]

export const actionWords: Readonly<Record<RequestAction, ActionWords>> = {
  giveBack: { button: 'Retry', becomes: 'pending again, at the end of the queue' },
  unlock: { button: 'Unlock', becomes: 'available at once. Whoever holds them loses them' },
  forefront: { button: 'To the front', becomes: 'handed out before everything else' },
  schedule: { button: 'Schedule', becomes: 'available at the time below' },
  markHandled: { button: 'Mark handled', becomes: 'marked as handled, and not handed out any more' },
  delete: { button: 'Delete', becomes: 'deleted. This cannot be undone', isDangerous: true },
}

export const forkWords = { button: 'Fork', hint: 'Copy to a new queue' } as const
