import type { QueueAddress } from '../../store/params/queues.ts'

/** Reads `username~name`, `~name` for a queue of the caller, or an ID (rule 7.6). */
export function queueAddress(text: string): QueueAddress {
  const tilde = text.indexOf('~')
  if (tilde === -1) return { queueId: text }
  return { ownerName: tilde === 0 ? null : text.slice(0, tilde), queueName: text.slice(tilde + 1) }
}
