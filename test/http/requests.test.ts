import assert from 'node:assert/strict'
import { assertFailure, fromTheBeginning, httpTest, keysOf, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

httpTest('2.3 POST request adds it once, and answers 201 both times', async (api) => {
  const queue = await api.queue()
  const first = await api.post(`${queue}/requests`, page('a'))
  assert.equal(first.status, 201)
  const requestId = requestIdOf('a')
  assert.deepEqual(first.data, { requestId, wasAlreadyPresent: false, wasAlreadyHandled: false })
  const second = await api.post(`${queue}/requests?forefront=true`, { ...page('a'), userData: { other: 1 } })
  assert.equal(second.status, 201)
  assert.deepEqual(second.data, { requestId, wasAlreadyPresent: true, wasAlreadyHandled: false })
  assert.deepEqual((await api.get(`${queue}/requests/${requestId}`)).data.userData, {})
})

httpTest('2.4 a request that is added as handled is handled', async (api) => {
  const queue = await api.queue()
  const handled = { ...page('a'), handledAt: '2030-01-01T00:00:00.000Z' }
  assert.equal((await api.post(`${queue}/requests`, handled)).data.wasAlreadyHandled, false)
  assert.equal((await api.post(`${queue}/requests`, handled)).data.wasAlreadyHandled, true)
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), [])
})

httpTest('2.6 answers show defaults for what was never set, and leave out the rest', async (api) => {
  const queue = await api.queue()
  const nothing = {
    method: null,
    retryCount: null,
    noRetry: null,
    headers: null,
    userData: null,
    payload: null,
    errorMessages: null,
    loadedUrl: null,
    handledAt: null,
    ownField: null,
  }
  for (const [uniqueKey, more] of Object.entries({ absent: {}, null: nothing })) {
    await api.post(`${queue}/requests`, { ...page(uniqueKey), ...more })
    const { data } = await api.get(`${queue}/requests/${requestIdOf(uniqueKey)}`)
    assert.deepEqual(data, {
      id: requestIdOf(uniqueKey),
      ...page(uniqueKey),
      method: 'GET',
      retryCount: 0,
      noRetry: false,
      headers: {},
      userData: {},
    })
  }
})

httpTest('2.6 everything that was sent comes back as it came, fields of your own as well', async (api) => {
  const queue = await api.queue()
  const sent = {
    ...page('ü "quoted" \\ \u2028 \u0000 😀'),
    method: 'POST',
    retryCount: 3,
    noRetry: true,
    headers: { 'X-A': '1' },
    userData: { label: 'DETAIL', deep: [{ a: null }, 1.5, -0.25, true, 'x'], empty: {} },
    payload: 'a=1',
    errorMessages: ['first', 'second'],
    loadedUrl: 'https://example.com/loaded',
    ownField: { nested: [null, { a: 1 }] },
    'own "field"': 'ü',
    toString: 'text',
    hasOwnProperty: 1,
  }
  const { data } = await api.post(`${queue}/requests`, sent)
  assert.deepEqual((await api.get(`${queue}/requests/${data.requestId}`)).data, {
    id: data.requestId,
    ...sent,
  })
  assert.deepEqual((await api.get(`${queue}/requests`)).data.items, [{ id: data.requestId, ...sent }])
})

httpTest('2.6 keys like __proto__ are ordinary keys: kept, and without effect', async (api) => {
  const queue = await api.queue()
  const raw =
    '{"url":"https://example.com/","uniqueKey":"a","__proto__":{"method":"PUT","polluted":1},' +
    '"constructor":{"prototype":{"polluted":2}},"userData":{"__proto__":{"polluted":3}}}'
  const { data } = await api.post(`${queue}/requests`, undefined, { raw })
  const { text } = await api.get(`${queue}/requests/${data.requestId}`)
  assert.match(
    text,
    /"__proto__":\{"method":"PUT","polluted":1\},"constructor":\{"prototype":\{"polluted":2\}\}/,
  )
  assert.match(text, /"userData":\{"__proto__":\{"polluted":3\}\}/)
  assert.match(text, /"method":"GET"/)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})

httpTest(
  '2.6 what belongs to the server is not taken from a caller who sends back what it read',
  async (api) => {
    const queue = await api.queueWith('a')
    await api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`)
    const id = requestIdOf('a')
    const { data } = await api.get(`${queue}/requests/${id}`)
    assert.equal(data.lockByClient, 'a')
    await api.put(`${queue}/requests/${id}?clientKey=a`, { ...data, orderNo: 5 })
    const { data: after } = await api.get(`${queue}/requests/${id}`)
    assert.deepEqual(
      ['lockExpiresAt', 'lockByClient', 'orderNo'].filter((field) => field in after),
      [],
    )
  },
)

httpTest('2.6 a field of your own that could only come back as null is left out', async (api) => {
  const queue = await api.queue()
  const raw =
    '{"url":"https://example.com/","uniqueKey":"a","huge":1e400,"negative":-1e400,"large":1e300,' +
    '"userData":{"huge":1e400}}'
  const { data } = await api.post(`${queue}/requests`, undefined, { raw })
  const { data: request } = await api.get(`${queue}/requests/${data.requestId}`)
  assert.deepEqual(
    ['huge', 'negative'].filter((field) => field in request),
    [],
  )
  assert.deepEqual([request.large, request.userData], [1e300, { huge: null }])
})

httpTest('2.1, 2.2 a lone surrogate counts as U+FFFD', async (api) => {
  const queue = await api.queue()
  const raw = '{"url":"https://example.com/","uniqueKey":"a\\ud800b"}'
  const first = await api.post(`${queue}/requests`, undefined, { raw })
  assert.equal(first.data.requestId, requestIdOf('a\ufffdb'))
  const second = await api.post(`${queue}/requests`, { url: 'https://example.com/', uniqueKey: 'a\ufffdb' })
  assert.equal(second.data.wasAlreadyPresent, true)
  assert.equal((await api.get(`${queue}/requests/${first.data.requestId}`)).data.uniqueKey, 'a\ufffdb')
})

httpTest(
  '2.5 an ID that does not belong to the unique key is refused, in the body and in the path',
  async (api) => {
    const queue = await api.queueWith('a')
    const id = requestIdOf('a')
    const message = 'Request ID does not correspond to uniqueKey'
    const before = await api.stateOf(queue)
    api.server.clock.advance(1)
    const inBatch = [
      await api.post(`${queue}/requests/batch`, [page('c'), { ...page('b'), id }]),
      await api.delete(`${queue}/requests/batch`, [{ id }, { id, uniqueKey: 'b' }]),
    ]
    for (const answer of inBatch) {
      assertFailure(answer, 400, 'request-id-invalid', `${message} (element 1)`)
    }
    const refused = [
      await api.post(`${queue}/requests`, { ...page('b'), id }),
      await api.put(`${queue}/requests/${id}`, page('b')),
      await api.put(`${queue}/requests/${id}`, { ...page('b'), id }),
      await api.put(`${queue}/requests/${id}`, { ...page('a'), id: requestIdOf('b') }),
    ]
    for (const answer of refused) assertFailure(answer, 400, 'request-id-invalid', message)
    assert.deepEqual(await api.stateOf(queue), before)
    assert.equal((await api.post(`${queue}/requests`, { ...page('b'), id: requestIdOf('b') })).status, 201)
  },
)

httpTest('6.1 PUT replaces the whole request, and adds one that is not there', async (api) => {
  const queue = await api.queue()
  const id = requestIdOf('a')
  const added = await api.put(`${queue}/requests/${id}`, { ...page('a'), userData: { a: 1 } })
  assert.equal(added.status, 200)
  assert.deepEqual(added.data, { requestId: id, wasAlreadyPresent: false, wasAlreadyHandled: false })
  const replaced = await api.put(`${queue}/requests/${id}`, { ...page('a'), id, payload: 'x' })
  assert.deepEqual(replaced.data, { requestId: id, wasAlreadyPresent: true, wasAlreadyHandled: false })
  const { data } = await api.get(`${queue}/requests/${id}`)
  assert.deepEqual([data.userData, data.payload], [{}, 'x'])
})

httpTest('6.2 handledAt in any form of ISO 8601 marks it as handled, once', async (api) => {
  const times = {
    '2030-01-01T12:00:00.123Z': '2030-01-01T12:00:00.123Z',
    '2030-01-01T12:00:00.123456+00:00': '2030-01-01T12:00:00.123Z',
    '2030-01-01T12:00:00+02:00': '2030-01-01T10:00:00.000Z',
    '2030-01-01T12:00:00-0130': '2030-01-01T13:30:00.000Z',
    '2030-01-01T12:00:00': '2030-01-01T12:00:00.000Z',
    '2032-02-29T12:00Z': '2032-02-29T12:00:00.000Z',
    '1970-01-01T00:00:00Z': '1970-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z': '9999-12-31T23:59:59.999Z',
  }
  for (const [sent, shown] of Object.entries(times)) {
    const queue = await api.queueWith('a')
    const id = requestIdOf('a')
    const first = await api.put(`${queue}/requests/${id}`, { ...page('a'), handledAt: sent })
    assert.deepEqual([first.status, first.data.wasAlreadyHandled], [200, false], sent)
    const second = await api.put(`${queue}/requests/${id}`, { ...page('a'), handledAt: sent })
    assert.equal(second.data.wasAlreadyHandled, true)
    assert.equal((await api.get(`${queue}/requests/${id}`)).data.handledAt, shown)
    const { data } = await api.get(queue)
    assert.deepEqual([data.totalRequestCount, data.handledRequestCount, data.pendingRequestCount], [1, 1, 0])
  }
})

httpTest('6.3, 6.4 PUT without handledAt gives it back, to the head with forefront', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  await api.put(`${queue}/requests/${requestIdOf('a')}`, page('a'))
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b', 'c', 'a'])
  await api.put(`${queue}/requests/${requestIdOf('c')}?forefront=1`, page('c'))
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c', 'b', 'a'])
})

httpTest('6.5 DELETE request: 204, then 404', async (api) => {
  const queue = await api.queueWith('a', 'b')
  const path = `${queue}/requests/${requestIdOf('a')}`
  const gone = await api.delete(path)
  assert.deepEqual([gone.status, gone.text], [204, ''])
  for (const answer of [
    await api.delete(path),
    await api.get(path),
    await api.put(`${path}/lock?lockSecs=1`),
  ]) {
    assertFailure(answer, 404, 'record-not-found', 'Request was not found')
  }
  assert.equal((await api.get(queue)).data.totalRequestCount, 1)
})

httpTest(
  '6.6 DELETE batch takes requests by ID or unique key, those that are not there as well',
  async (api) => {
    const queue = await api.queueWith('a', 'b', 'c')
    const answer = await api.delete(`${queue}/requests/batch?clientKey=x`, [
      { id: requestIdOf('a') },
      { uniqueKey: 'b' },
      { id: requestIdOf('none'), uniqueKey: 'none' },
      { id: null, uniqueKey: 'b', other: 1 },
    ])
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.data, {
      processedRequests: [
        { id: requestIdOf('a') },
        { id: requestIdOf('b'), uniqueKey: 'b' },
        { id: requestIdOf('none'), uniqueKey: 'none' },
        { id: requestIdOf('b'), uniqueKey: 'b' },
      ],
      unprocessedRequests: [],
    })
    assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['c'])
  },
)

httpTest('6.7 POST batch answers for each in the order given, duplicates as well', async (api) => {
  const queue = await api.queueWith('b')
  const answer = await api.post(`${queue}/requests/batch`, [page('a'), page('b'), page('a')])
  assert.equal(answer.status, 201)
  const result = (uniqueKey: string, wasAlreadyPresent: boolean) => {
    return { requestId: requestIdOf(uniqueKey), uniqueKey, wasAlreadyPresent, wasAlreadyHandled: false }
  }
  assert.deepEqual(answer.data, {
    processedRequests: [result('a', false), result('b', true), result('a', true)],
    unprocessedRequests: [],
  })
})

httpTest('3.2 a forefront batch: the last element comes first', async (api) => {
  const queue = await api.queueWith('x')
  await api.post(`${queue}/requests/batch?forefront=true`, [page('a'), page('b')])
  assert.deepEqual(keysOf(await api.get(`${queue}/head`)), ['b', 'a', 'x'])
})

httpTest('8.1, 8.2 a walk by nextCursor meets every request once', async (api) => {
  const keys = ['a', 'b', 'c', 'd', 'e']
  const queue = await api.queueWith(...keys)
  const met: string[] = []
  let query = 'limit=2'
  for (;;) {
    const answer = await api.get(`${queue}/requests?${query}`)
    met.push(...keysOf(answer))
    assert.equal(answer.data.limit, 2)
    if (answer.data.nextCursor === undefined) break
    query = `limit=2&cursor=${answer.data.nextCursor}`
  }
  assert.deepEqual(met.sort(), keys)

  const { items } = (await api.get(`${queue}/requests`)).data
  const after = await api.get(`${queue}/requests?exclusiveStartId=${items[1].id}`)
  assert.deepEqual(after.data.items, items.slice(2))
  assert.deepEqual(
    [after.data.exclusiveStartId, after.data.limit, after.data.nextCursor],
    [items[1].id, 1000, undefined],
  )
})

httpTest(
  '8.2 filter takes the states locked and pending, alone or together',
  async (api) => {
    const queue = await api.queueWith('handled', 'locked', 'pending')
    await api.put(`${queue}/requests/${requestIdOf('handled')}`, {
      ...page('handled'),
      handledAt: '2030-01-01T00:00:00Z',
    })
    await api.post(`${queue}/head/lock?lockSecs=60&limit=1&clientKey=a`)
    const listed = async (query: string) => keysOf(await api.get(`${queue}/requests?${query}`)).sort()
    assert.deepEqual(await listed(''), ['handled', 'locked', 'pending'])
    assert.deepEqual(await listed('filter=locked'), ['locked'])
    assert.deepEqual(await listed('filter=pending'), ['pending'])
    for (const both of ['filter=locked,pending', 'filter=locked&filter=pending', 'filter=pending%2Clocked']) {
      assert.deepEqual(await listed(both), ['locked', 'pending'], both)
    }
    const locked = (await api.get(`${queue}/requests?filter=locked`)).data.items[0]
    assert.deepEqual([locked.lockByClient, locked.lockExpiresAt], ['a', '2030-01-01T00:01:00.000Z'])
    for (const bad of ['filter=handled', 'filter=', 'filter=locked,', 'filter=locked&filter=x']) {
      assertFailure(
        await api.get(`${queue}/requests?${bad}`),
        400,
        'invalid-input',
        /filter .* locked, pending/,
      )
    }
  },
  fromTheBeginning,
)

httpTest('8.1 cursors that this server did not make, and parameters that exclude each other', async (api) => {
  const queue = await api.queueWith('a', 'b')
  const { nextCursor } = (await api.get(`${queue}/requests?limit=1`)).data
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const foreign = [
    '',
    'x',
    '*',
    `${nextCursor}x`,
    `${nextCursor}=`,
    encoded(null),
    encoded({}),
    encoded({ v: 2, after: 'a' }),
  ]
  for (const cursor of foreign) {
    const answer = await api.get(`${queue}/requests?cursor=${encodeURIComponent(cursor)}`)
    assertFailure(answer, 400, 'invalid-input', /cursor/)
  }
  for (const other of [`cursor=${nextCursor}`, 'filter=locked']) {
    const answer = await api.get(`${queue}/requests?exclusiveStartId=a&${other}`)
    assertFailure(answer, 400, 'invalid-input', /exclusiveStartId/)
  }
  assert.equal((await api.get(`${queue}/requests?cursor=${nextCursor}&filter=pending`)).status, 200)
})
