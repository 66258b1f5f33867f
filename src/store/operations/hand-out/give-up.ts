import { givenUp } from '../../../domain/policy/given-up.ts'
import { historyOf } from '../history-of.ts'
import { noteChange } from '../note-change.ts'
import type { QueueSession } from '../queue-session.ts'
import { withRevisit } from '../revisit/with-revisit.ts'
import type { DueRequest } from './group-rows.ts'

const byLockExpiries = { clientKey: null, cause: 'lockExpiries' } as const

/** Marks a request handled whose locks ran out too often (13.12). Its site has not answered, so its delay stays. */
export function giveUp(session: QueueSession, { item, lockExpiries }: DueRequest): void {
  const { queue, groups, now } = session
  const before = session.state(item.id)!
  const { content, change } = givenUp(before, groups.contentOf(item.id), lockExpiries, now)
  const handled = { ...change, state: withRevisit(session, content, change.state) }
  session.replace(content, handled.state, historyOf(session, before, handled.state, byLockExpiries))
  noteChange(session, before, handled)
  queue.writeCount++
}
