import { givenUpMessage } from '../../src/domain/policy/given-up.ts'
import type { Millis } from '../../src/domain/time.ts'
import { note } from './history.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'

/** Marks a request handled because too many of its locks ran out (13.12). */
export function givenUp(queue: StoredQueue, request: StoredRequest, now: Millis): void {
  const { content } = request
  const fields: { errorMessages?: unknown } = JSON.parse(`{${content.otherFields}}`)
  const earlier = Array.isArray(fields.errorMessages) ? fields.errorMessages : []
  const next = { ...fields, errorMessages: [...earlier, givenUpMessage(request.lockExpiries)] }
  const otherFields = JSON.stringify(next).slice(1, -1)
  request.content = { ...content, handledAt: now, otherFields }
  request.place = null
  request.lastHolder = null
  request.lockExpiries = 0
  note(queue, request, 'handled', now, null, null, 'lockExpiries')
  request.isGivenUp = true
  queue.writeCount += 1
  queue.modifiedAt = now
}
