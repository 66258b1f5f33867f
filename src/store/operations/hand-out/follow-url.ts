import { groupOf } from '../../../domain/policy/group-of.ts'
import type { HeadItem } from '../../../domain/request.ts'
import { moveRequest } from '../move-request.ts'
import type { QueueSession } from '../queue-session.ts'

/**
 * Puts a request into the group of its URL (13.3). It was left in another one because somebody changed the URL
 * while another client held it.
 */
export function followUrl(session: QueueSession, { id, url }: HeadItem): void {
  const before = session.state(id)!
  const state = { ...before, group: groupOf(url, session.queue.grouping) }
  moveRequest(session, id, before, { state, counts: { total: 0, handled: 0, bytes: 0 } })
}
