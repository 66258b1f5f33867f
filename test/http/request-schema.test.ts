import assert from 'node:assert/strict'
import { assertFailure, httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

/** What does not fit, and what the message says of it. */
const wrong: [changes: object, message: RegExp][] = [
  [{ url: undefined }, /needs url$/],
  [{ uniqueKey: undefined }, /needs uniqueKey$/],
  [{ url: 1 }, /url( of element 1)? must be a string$/],
  [{ url: null }, /url( of element 1)? must be a string$/],
  ...[
    '',
    'example.com',
    '/path',
    '//example.com/',
    'ftp://example.com/',
    'mailto:a@example.com',
    'javascript:alert(1)',
  ]
    .concat([
      'http://',
      'https://a b/',
      'http:',
      'https:///',
      ' ftp://example.com/',
      'https ://example.com/',
      '\\\\example.com',
      'data:text/html,x',
      'file:///etc',
    ])
    .map((url): [object, RegExp] => [{ url }, /url( of element 1)? must be an absolute http or https URL$/]),
  [{ uniqueKey: '' }, /uniqueKey( of element 1)? must not be empty$/],
  [{ uniqueKey: 5 }, /uniqueKey( of element 1)? must be a string$/],
  [{ uniqueKey: null }, /uniqueKey( of element 1)? must be a string$/],
  [{ id: 5 }, /id( of element 1)? must be a string or null$/],
  [{ method: 'FETCH' }, /method( of element 1)? must be one of GET, HEAD, POST, .*PATCH$/],
  [{ method: '' }, /method/],
  [{ method: 'GET ' }, /method/],
  [{ method: 1 }, /method( of element 1)? must be a string or null$/],
  [{ retryCount: '1' }, /retryCount( of element 1)? must be a number or null$/],
  [{ retryCount: true }, /retryCount/],
  [{ payload: 1 }, /payload( of element 1)? must be a string or an object or a list or null$/],
  [{ headers: 'a: b' }, /headers( of element 1)? must be an object or a list or null$/],
  [{ userData: 'x' }, /userData( of element 1)? must be an object or a list or null$/],
  [{ noRetry: 'true' }, /noRetry( of element 1)? must be true or false or null$/],
  [{ noRetry: 1 }, /noRetry/],
  [{ errorMessages: 'x' }, /errorMessages( of element 1)? must be a list or an object or null$/],
  [{ loadedUrl: 5 }, /loadedUrl( of element 1)? must be a string or null$/],
  [{ handledAt: 1_900_000_000_000 }, /handledAt( of element 1)? must be a string or null$/],
  [{ handledAt: true }, /handledAt/],
  ...[
    '',
    'yesterday',
    '2030-01',
    '2030-02-29',
    '20300101',
    '2030-13-01T00:00:00Z',
    '2030-02-29T00:00:00Z',
    '2030-01-00T00:00:00Z',
  ]
    .concat([
      '2030-01-01T24:00:00Z',
      '2030-01-01T00:60:00Z',
      '1969-12-31T23:59:59Z',
      '+012030-01-01T00:00:00Z',
    ])
    .concat([
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-10:00',
      '2030-01-01T00:00:00+24:00',
      ' 2030-01-01T00:00:00Z',
      '2030-01-01T00:00:00 CET',
      '0001-01-01T00:00:00Z',
      'Tue, 01 Jan 1969 00:00:00 GMT',
      `Tue, 01 Jan 2030 00:00:00 GMT${' '.repeat(100)}`,
    ])
    .map((handledAt): [object, RegExp] => [
      { handledAt },
      /handledAt( of element 1)? must be a time from 1970 to 9999 in ISO 8601, like /,
    ]),
]

httpTest(
  '6.7, 9.8 a request that does not fit is refused by the name of its field, and changes nothing',
  async (api) => {
    const queue = await api.queueWith('a')
    const before = await api.stateOf(queue)
    api.server.clock.advance(1)
    for (const [changes, message] of wrong) {
      const request = { ...page('b'), ...changes }
      const added = await api.post(`${queue}/requests`, request)
      assertFailure(added, 400, 'invalid-input', message)
      const updated = await api.put(`${queue}/requests/${requestIdOf('b')}`, request)
      assert.deepEqual(updated.body, added.body)
      const batch = await api.post(`${queue}/requests/batch`, [page('c'), request])
      assertFailure(batch, 400, 'invalid-input', message)
      assert.match(batch.body.error.message, /element 1/, 'the index of the element')
    }
    assert.deepEqual(await api.stateOf(queue), before)
  },
)

httpTest('6.7 bodies that are neither a request nor a batch', async (api) => {
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  for (const body of ['"text"', '1', 'true', '[]']) {
    const answer = await api.post(`${queue}/requests`, undefined, { raw: body })
    assertFailure(answer, 400, 'invalid-input', /the body must be an object$/)
  }
  for (const body of ['"text"', '1', '{}']) {
    const raw = { raw: body }
    assertFailure(
      await api.post(`${queue}/requests/batch`, undefined, raw),
      400,
      'invalid-input',
      /the body must be a list$/,
    )
    assertFailure(
      await api.delete(`${queue}/requests/batch`, undefined, raw),
      400,
      'invalid-input',
      /the body must be a list$/,
    )
  }
  const nothing = { raw: 'null' }
  const one = await api.post(`${queue}/requests`, undefined, nothing)
  assertFailure(one, 400, 'invalid-input', /a JSON body is needed, an object, with the header/)
  const many = await api.post(`${queue}/requests/batch`, undefined, nothing)
  assertFailure(many, 400, 'invalid-input', /a JSON body is needed, a list, with the header/)
  for (const element of [null, 1, 'x', []]) {
    const batch = await api.post(`${queue}/requests/batch`, [page('b'), element])
    assertFailure(batch, 400, 'invalid-input', /element 1 must be an object$/)
    const deletion = await api.delete(`${queue}/requests/batch`, [{ id: 'x' }, element])
    assertFailure(deletion, 400, 'invalid-input', /element 1 must be an object$/)
  }
  assert.deepEqual(await api.stateOf(queue), before)
})

httpTest('6.6, 6.7 batches have 1 to 25 elements', async (api) => {
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  const requests = Array.from({ length: 26 }, (_, index) => page(`new ${index}`))
  const path = `${queue}/requests/batch`
  assertFailure(await api.post(path, []), 400, 'invalid-input', /the body must not be empty$/)
  assertFailure(
    await api.post(path, requests),
    400,
    'invalid-input',
    /the body must have 25 elements at most$/,
  )
  assertFailure(await api.delete(path, []), 400, 'invalid-input', /the body must not be empty$/)
  assertFailure(
    await api.delete(path, requests),
    400,
    'invalid-input',
    /the body must have 25 elements at most$/,
  )
  assert.deepEqual(await api.stateOf(queue), before)
  const most = requests.slice(1)
  assert.equal((await api.post(path, most)).data.processedRequests.length, 25)
  assert.equal((await api.delete(path, most)).data.processedRequests.length, 25)
})

httpTest('6.6 an element to delete needs an id or a unique key', async (api) => {
  const queue = await api.queueWith('a')
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  for (const element of [{}, { url: 'https://example.com/' }, { id: null, uniqueKey: null }]) {
    const answer = await api.delete(`${queue}/requests/batch`, [{ uniqueKey: 'a' }, element])
    assertFailure(answer, 400, 'invalid-input', /element 1 needs an id or a uniqueKey$/)
  }
  for (const element of [{ id: 5 }, { uniqueKey: [] }]) {
    assertFailure(
      await api.delete(`${queue}/requests/batch`, [element]),
      400,
      'invalid-input',
      /of element 0 must/,
    )
  }
  assert.deepEqual(await api.stateOf(queue), before)
})
