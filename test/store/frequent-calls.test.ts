/** How calls and answers cross the border between the threads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { content } from '../../harness/conversation.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../../src/store/sqlite/operations/index.ts'
import { CallPort } from '../../src/store/sqlite/thread/call-port.ts'
import { type FlatList, FlatReader } from '../../src/store/sqlite/thread/encoding/flat-list.ts'
import { flatCallOf } from '../../src/store/sqlite/thread/encoding/frequent-calls.ts'
import { readReply, writeReply } from '../../src/store/sqlite/thread/encoding/replies.ts'
import type { Reply } from '../../src/store/sqlite/thread/messages.ts'

const byId = { userId: 'u', queue: { queueId: 'q' }, client: { clientKey: 'a', runId: null } }
const byName = {
  userId: 'u',
  queue: { ownerName: null, queueName: 'pages' },
  client: { clientKey: 'a', runId: 'run' },
}
const item = { id: '1', uniqueKey: 'k', url: 'https://a.example/', method: 'GET', retryCount: 2 }
const added = { requestId: '1', wasAlreadyPresent: true, wasAlreadyHandled: false }
const head = {
  queueId: 'q',
  lockExpiresAt: 2,
  queueModifiedAt: 1,
  hadMultipleClients: false,
  queueHasLockedRequests: true,
}

/** Calls with their answers. */
const examples: {
  [Name in OperationName]?: readonly (readonly [ParamsOf<Name>, AnswerOf<Name>])[]
} = {
  addRequests: [
    [
      { ...byId, requests: [content('1'), { ...content('2'), handledAt: 7, retryCount: 3 }], side: 'end' },
      [
        { ...added, uniqueKey: 'k' },
        { ...added, uniqueKey: 'ü', wasAlreadyHandled: true },
      ],
    ],
    [{ ...byName, requests: [{ ...content('1'), wishes: { delayMs: 5 } }], side: 'forefront' }, []],
  ],
  updateRequest: [
    [{ ...byName, request: content('1'), side: 'end' }, added],
    [
      { ...byId, request: content('1'), side: 'end' },
      { ...added, wasAlreadyPresent: false },
    ],
  ],
  lockHead: [
    [
      { ...byId, limit: 2, lockMs: 9 },
      { ...head, items: [item, { ...item, longBytes: 99 }] },
    ],
    [
      { ...byName, limit: 1, lockMs: 9 },
      { ...head, items: [] },
    ],
  ],
  prolongLock: [
    [{ ...byId, requestId: '1', lockMs: 9, side: undefined }, { lockExpiresAt: 5 }],
    [{ ...byName, requestId: '1', lockMs: 9, side: 'forefront' }, { lockExpiresAt: 5 }],
  ],
  deleteLock: [[{ ...byId, requestId: '1', side: 'end' }, undefined]],
  listHead: [
    [
      { ...byName, limit: 1 },
      { ...head, items: [item] },
    ],
  ],
}

test('a call is in the storage thread what it was in its own, and so is its answer', () => {
  const cases = Object.entries(examples).flatMap(([name, some]) => some.map((one) => [name, one] as const))
  const calls: FlatList = []
  const replies: FlatList = []
  for (const [name, [params, answer]] of cases) {
    flatCallOf(name as OperationName).writeParams(calls, params)
    writeReply(replies, name as OperationName, { answer })
  }
  const [sentCalls, sentReplies] = [calls, replies].map((list) => new FlatReader(structuredClone(list)))
  for (const [name, [params, answer]] of cases) {
    assert.deepStrictEqual(flatCallOf(name as OperationName).readParams(sentCalls!), params, name)
    assert.deepStrictEqual(readReply(sentReplies!, name as OperationName), { answer }, name)
  }
  assert.ok(sentCalls!.isAtEnd && sentReplies!.isAtEnd, 'nothing more was written than is read')
})

test('refusals and failures cross the border among answers', () => {
  const replies: readonly Reply[] = [
    { refused: 'requestNotFound' },
    { answer: undefined },
    { refused: 'storeUnavailable', values: { problem: 'the disk is full' } },
    { failed: 'Error: a fault' },
  ]
  const list: FlatList = []
  for (const reply of replies) writeReply(list, 'deleteLock', reply)
  const reader = new FlatReader(structuredClone(list))
  assert.deepStrictEqual(
    replies.map(() => readReply(reader, 'deleteLock')),
    replies,
  )
})

test('a call that cannot be written leaves the calls beside it alone', async () => {
  const { port1, port2 } = new MessageChannel()
  const port = new CallPort(port1)
  const first = port.call('ping', undefined)
  const refused = port.call('lockHead', { ...byId, limit: 1, lockMs: 9 })
  const noClient = port.call('lockHead', { userId: 'u', queue: byId.queue, limit: 1, lockMs: 1 } as never)
  await assert.rejects(noClient, TypeError)
  const second = port.call('deleteLock', { ...byId, requestId: '1', side: 'end' })
  await new Promise((resolve) => setImmediate(resolve))
  const sent = [receiveMessageOnPort(port2), receiveMessageOnPort(port2)].flatMap((one) => one!.message)
  assert.deepEqual(
    sent.filter((value) => typeof value === 'number' || value === 'ping' || value === 'deleteLock'),
    [1, 'ping', 2, 1, 9, 3, 'deleteLock'],
  )
  port2.postMessage([1, 'answer', undefined, 2, 'refused', 'queueNotFound', undefined, 3, 'answer'])
  await first
  await assert.rejects(refused, { name: 'HeadlockError' })
  await second
  port.end('the test is over')
  port2.close()
})
