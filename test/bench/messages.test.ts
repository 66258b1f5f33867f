import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Calls } from '../../bench/load/calls.ts'
import { Held, itemsIn } from '../../bench/load/held.ts'
import { KnownRequests } from '../../bench/load/known-requests.ts'
import { Numbers } from '../../bench/load/numbers.ts'
import { idLength, numberAt, requestOf, urlOf } from '../../bench/load/requests.ts'
import type { Template } from '../../bench/load/template.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const numbers = [0, 1, 96, 97, 12_345, 999_999_999]
const calls = new Calls({ token: 'token', queueId: 'abcdefghijklmnopq' })

function parts({ bytes }: Template): { line: string; length: number; body: string } {
  const [head = '', body = ''] = bytes.toString().split('\r\n\r\n')
  return {
    line: head.slice(0, head.indexOf('\r\n')),
    length: Number(/Content-Length: (\d+)/.exec(head)?.[1]),
    body,
  }
}

describe('messages written ahead of time', () => {
  test('an add has the URL of any number, and the length that it says', () => {
    const message = calls.add('worker-1')
    for (const number of numbers) {
      message.setUrl(0, number)
      const { line, length, body } = parts(message)
      assert.equal(line, 'POST /v2/request-queues/abcdefghijklmnopq/requests?clientKey=worker-1 HTTP/1.1')
      assert.equal(length, body.length)
      assert.deepEqual(JSON.parse(body), requestOf(urlOf(number)))
    }
  })

  test('a batch has another URL in each of its requests', () => {
    const message = calls.batchAdd('worker-1')
    for (let request = 0; request < 25; request++) message.setUrl(request, 1000 + request)
    const { length, body } = parts(message)
    assert.equal(length, body.length)
    assert.deepEqual(
      JSON.parse(body),
      Array.from({ length: 25 }, (_, request) => requestOf(urlOf(1000 + request))),
    )
  })

  test('a mark has the ID of its request in the path and in the body, and goes to any queue', () => {
    const message = calls.markHandled('worker-1')
    const id = requestIdOf(urlOf(77))
    message.setQueue('qponmlkjihgfedcba')
    message.setUrl(0, 77)
    message.setId(Buffer.from(`..${id}..`), 2)
    const { line, length, body } = parts(message)
    assert.equal(line, `PUT /v2/request-queues/qponmlkjihgfedcba/requests/${id}?clientKey=worker-1 HTTP/1.1`)
    assert.equal(length, body.length)
    const request = JSON.parse(body)
    assert.deepEqual([request.id, request.url, request.uniqueKey], [id, urlOf(77), urlOf(77)])
  })

  test('calls without a body say so', () => {
    assert.equal(parts(calls.lockHead('worker-1')).length, 0)
    assert.equal(parts(calls.prolong('worker-1')).length, 0)
    assert.ok(Number.isNaN(parts(calls.get()).length))
  })

  test('the number of a URL can be read from it', () => {
    for (const number of numbers) assert.equal(numberAt(Buffer.from(`"${urlOf(number)}"`), 1), number)
  })
})

describe('requests that a lock gave', () => {
  const items = [7, 8, 999].map((number) => ({
    id: requestIdOf(urlOf(number)),
    uniqueKey: urlOf(number),
    url: urlOf(number),
    method: 'GET',
    retryCount: 0,
    lockExpiresAt: '2026-11-22T10:00:00.000Z',
  }))
  const body = Buffer.from(JSON.stringify({ data: { limit: 25, clientKey: 'worker-1', items } }))

  test('are read with their IDs and numbers, and given out once', () => {
    const held = new Held()
    assert.equal(held.read(body), 3)
    for (const { id, url } of items) {
      const place = held.take()
      assert.equal(held.ids.toString('latin1', place * idLength, (place + 1) * idLength), id)
      assert.equal(urlOf(held.numbers[place]!), url)
    }
    assert.equal(held.take(), -1)
  })

  test('are given out in turn without an end where they are only prolonged', () => {
    const held = new Held()
    assert.equal(held.takeInTurn(), -1)
    held.read(body)
    assert.deepEqual(
      [0, 1, 2, 3].map(() => held.takeInTurn()),
      [0, 1, 2, 0],
    )
  })

  test('are counted', () => {
    assert.equal(itemsIn(body), 3)
    assert.equal(itemsIn(Buffer.from('{"data":{"items":[]}}')), 0)
  })
})

describe('requests that are known before', () => {
  test('are shared by several processes, each once', () => {
    const known = { first: 100, count: 7 }
    const shares = [0, 1, 2].map((rest) => KnownRequests.inOrder(known, new Numbers(rest, 3)))
    const all = shares.flatMap(({ numbers: ofShare }) => [...ofShare]).sort((a, b) => a - b)
    assert.deepEqual(all, [100, 101, 102, 103, 104, 105, 106])
    const [first] = shares
    const places = Array.from({ length: 4 }, () => first!.take())
    assert.deepEqual(places, [0, 1, 2, -1])
    assert.equal(first!.ids.toString('latin1', 0, idLength), requestIdOf(urlOf(100)))
  })

  test('are asked for all over the range, and again from the beginning', () => {
    const known = KnownRequests.scattered({ first: 50, count: 10 }, new Numbers(0))
    assert.deepEqual(
      [...known.numbers].sort((a, b) => a - b),
      [50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
    )
    const places = Array.from({ length: 11 }, () => known.takeInTurn())
    assert.equal(places[10], 0)
  })
})
