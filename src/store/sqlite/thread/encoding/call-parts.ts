/** The parts that several calls have, as values in a row. What `write…` writes, `read…` reads. */
import type { Client } from '../../../../domain/lifecycle.ts'
import type { HeadItem, RequestContent, Wishes } from '../../../../domain/request.ts'
import type { ClientParams } from '../../../params/clients.ts'
import type { QueueAddress, QueueParams } from '../../../params/queues.ts'
import type { Complete, FlatList, FlatReader } from './flat-list.ts'

/** Every call on a queue that a client makes. */
export type ClientCall = QueueParams & ClientParams

export function writeClientCall(to: FlatList, { userId, queue, client }: ClientCall): void {
  to.push(userId, client.clientKey, client.runId)
  if ('queueId' in queue) to.push(queue.queueId)
  else to.push(null, queue.ownerName, queue.queueName)
}

export function readClientCall(from: FlatReader): Complete<ClientCall> {
  const userId = from.next<string>()
  const client: Complete<Client> = { clientKey: from.next(), runId: from.next() }
  return { userId, client, queue: readQueue(from) }
}

function readQueue(from: FlatReader): QueueAddress {
  const queueId = from.next<string | null>()
  return queueId === null ? { ownerName: from.next(), queueName: from.next() } : { queueId }
}

export function writeContent(to: FlatList, content: RequestContent): void {
  const { id, uniqueKey, url, method, retryCount, handledAt, otherFields, wishes } = content
  to.push(id, uniqueKey, url, method, retryCount, handledAt, otherFields, wishes)
}

export function readContent(from: FlatReader): RequestContent {
  const content: Omit<Complete<RequestContent>, 'wishes'> = {
    id: from.next(),
    uniqueKey: from.next(),
    url: from.next(),
    method: from.next(),
    retryCount: from.next(),
    handledAt: from.next(),
    otherFields: from.next(),
  }
  const wishes = from.next<Wishes | undefined>()
  return wishes === undefined ? content : { ...content, wishes }
}

export function writeHeadItem(to: FlatList, item: HeadItem): void {
  to.push(item.id, item.uniqueKey, item.url, item.method, item.retryCount, item.longBytes)
}

export function readHeadItem(from: FlatReader): HeadItem {
  const item: Omit<Complete<HeadItem>, 'longBytes'> = {
    id: from.next(),
    uniqueKey: from.next(),
    url: from.next(),
    method: from.next(),
    retryCount: from.next(),
  }
  const longBytes = from.next<number | undefined>()
  return longBytes === undefined ? item : { ...item, longBytes }
}
