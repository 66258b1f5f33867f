import assert from 'node:assert/strict'
import { assertFailure, httpTest } from '../../harness/http/caller.ts'

const idFormat = /^[A-Za-z0-9]{17}$/
const timeFormat = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

httpTest('7.5 POST makes a queue once: 201 with Location, then 200, compared without case', async (api) => {
  const made = await api.post('/v2/request-queues?name=My-Queue')
  assert.equal(made.status, 201)
  assert.equal(made.headers.get('location'), `${api.server.url}/v2/request-queues/${made.data.id}`)
  const again = await api.post('/v2/request-queues?name=my-queue')
  assert.equal(again.status, 200)
  assert.equal(again.headers.get('location'), null)
  assert.deepEqual(again.data, made.data)
})

httpTest(
  '10 a queue shows everything that clients insist on, and a null name when it has none',
  async (api) => {
    const { data } = await api.post('/v2/request-queues')
    const { url, userId } = api.server
    const { id, createdAt, ...rest } = data
    assert.match(id, idFormat)
    assert.match(createdAt, timeFormat)
    assert.deepEqual(rest, {
      name: null,
      userId,
      modifiedAt: createdAt,
      accessedAt: createdAt,
      totalRequestCount: 0,
      handledRequestCount: 0,
      pendingRequestCount: 0,
      hadMultipleClients: false,
      consoleUrl: `${url}/console/queues/${id}`,
      stats: { writeCount: 0, readCount: 0, deleteCount: 0, headItemReadCount: 0, storageBytes: 0 },
    })
    assert.deepEqual((await api.get(`/v2/request-queues/${id}`)).data, data)
  },
)

httpTest(
  '7.6 a queue is addressed by ID, username~name or ~name, and a bare name is no address',
  async (api) => {
    const { data } = await api.post('/v2/request-queues?name=shop')
    for (const address of [
      data.id,
      '~shop',
      'tester~shop',
      'tester~SHOP',
      '~sh%6Fp',
      '%7Eshop',
      `${data.id}/`,
    ]) {
      const answer = await api.get(`/v2/request-queues/${address}`)
      assert.equal(answer.data?.id, data.id, address)
    }
    for (const address of [
      'shop',
      'other~shop',
      '~',
      '~none',
      'tester~',
      'x'.repeat(600),
      'nul%00',
      '~nul%00',
    ]) {
      const answer = await api.get(`/v2/request-queues/${address}`)
      assertFailure(answer, 404, 'record-not-found', 'Request Queue was not found')
    }
  },
)

httpTest('7.5 an invalid name is refused, and no queue is made', async (api) => {
  for (const name of ['', '-a', 'a-', 'a b', 'a_b', 'ä', 'a'.repeat(64), '%00', 'a~b']) {
    const answer = await api.post(`/v2/request-queues?name=${encodeURIComponent(name)}`)
    assertFailure(answer, 400, 'invalid-input', /1 to 63 characters/)
  }
  assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, 0)
})

httpTest('7.8 queues are listed in the order of their making, page by page', async (api) => {
  const ids: string[] = []
  for (const name of ['?name=a', '?name=b', '', '?name=c']) {
    ids.push((await api.post(`/v2/request-queues${name}`)).data.id)
    api.server.clock.advance(1)
  }
  const list = async (query: string) => (await api.get(`/v2/request-queues?${query}`)).data
  const { items, ...whole } = await list('')
  assert.deepEqual(whole, { total: 3, offset: 0, limit: 1000, desc: false, unnamed: false, count: 3 })
  assert.deepEqual(
    items.map((item: { name: string }) => item.name),
    ['a', 'b', 'c'],
  )
  assert.equal(items[0].username, 'tester')
  assert.equal('consoleUrl' in items[0], false)

  const page = await list('unnamed=true&desc=1&offset=1&limit=2')
  assert.deepEqual([page.total, page.count, page.limit, page.desc, page.unnamed], [4, 2, 2, true, true])
  assert.deepEqual(
    page.items.map((item: { id: string }) => item.id),
    [ids[2], ids[1]],
  )
  assert.equal(page.items[0].name, '', 'rule 10: the name is a string, empty when there is none')
  assert.equal((await list('ownership=sharedWithMe')).total, 0)
  assert.equal((await list('ownership=ownedByMe')).total, 3)
})

httpTest('7.5 PUT renames a queue, and changes only what it is given', async (api) => {
  const queue = await api.queue()
  await api.post('/v2/request-queues?name=taken')
  const named = await api.put(queue, { name: 'first', title: 'The first', unknown: 1 })
  assert.equal(named.status, 200)
  assert.deepEqual([named.data.name, named.data.title], ['first', 'The first'])
  const opened = await api.put(queue, { generalAccess: 'RESTRICTED' })
  assert.deepEqual([opened.data.name, opened.data.generalAccess], ['first', 'RESTRICTED'])
  const unnamed = await api.put(queue, { name: null, title: null, generalAccess: null })
  assert.equal(unnamed.data.name, null)
  assert.deepEqual(
    ['title', 'generalAccess'].filter((field) => field in unnamed.data),
    [],
  )
  const before = await api.stateOf(queue)
  assertFailure(await api.put(queue, { name: 'TAKEN' }), 400, 'name-not-unique', /"TAKEN"/)
  assertFailure(await api.put(queue, { name: 'a b' }), 400, 'invalid-input', /letters, digits and hyphens/)
  assertFailure(await api.put(queue, { name: 1 }), 400, 'invalid-input', /name must be a string or null/)
  assertFailure(
    await api.put(queue, { generalAccess: 'X' }),
    400,
    'invalid-input',
    /generalAccess must be one of/,
  )
  assertFailure(await api.put(queue), 400, 'invalid-input', /a JSON body is needed/)
  assertFailure(await api.put(queue, []), 400, 'invalid-input', /the body must be an object/)
  assert.deepEqual(await api.stateOf(queue), before)
})

httpTest('7.5 a title has at most 200 characters', async (api) => {
  const queue = await api.queue()
  for (const title of ['x'.repeat(200), '😀'.repeat(200), '']) {
    assert.equal((await api.put(queue, { title })).data.title, title)
  }
  const before = await api.stateOf(queue)
  const { total } = (await api.get('/v2/request-queues?unnamed=1')).data
  for (const title of ['x'.repeat(201), '😀'.repeat(201), 'e\u0301'.repeat(101), 'x'.repeat(9_000_000)]) {
    const refused = await api.put(queue, { title })
    assertFailure(refused, 400, 'invalid-input', /: title must have 200 characters at most$/)
    const notMade = await api.post('/v2/request-queues', { name: 'titled', title })
    assertFailure(notMade, 400, 'invalid-input', /: title must have 200 characters at most$/)
  }
  assert.deepEqual(await api.stateOf(queue), before)
  assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, total)
})

httpTest('7.9 DELETE removes the queue: 204, then 404 on every path below it', async (api) => {
  const queue = await api.queueWith('a')
  const gone = await api.delete(queue)
  assert.equal(gone.status, 204)
  assert.equal(gone.text, '')
  const calls: [string, string, unknown?][] = [
    ['GET', ''],
    ['PUT', '', { title: 'x' }],
    ['DELETE', ''],
    ['GET', '/head'],
    ['POST', '/head/lock?lockSecs=1'],
    ['GET', '/requests'],
    ['POST', '/requests', { url: 'https://example.com/', uniqueKey: 'a' }],
    ['POST', '/requests/batch', [{ url: 'https://example.com/', uniqueKey: 'a' }]],
    ['DELETE', '/requests/batch', [{ uniqueKey: 'a' }]],
    ['POST', '/requests/unlock'],
    ['GET', '/requests/ypeBEsobvcr6wjG'],
    ['PUT', '/requests/ypeBEsobvcr6wjG', { url: 'https://example.com/', uniqueKey: 'a' }],
    ['DELETE', '/requests/ypeBEsobvcr6wjG'],
    ['PUT', '/requests/ypeBEsobvcr6wjG/lock?lockSecs=1'],
    ['DELETE', '/requests/ypeBEsobvcr6wjG/lock'],
  ]
  for (const [method, path, body] of calls) {
    const answer = await api.call(method, `${queue}${path}`, body)
    assertFailure(answer, 404, 'record-not-found', 'Request Queue was not found')
  }
})

httpTest(
  'answers name the public URL when there is one',
  async (api) => {
    const { data, headers } = await api.post('/v2/request-queues')
    assert.equal(headers.get('location'), `https://queues.example.com/base/v2/request-queues/${data.id}`)
    assert.equal(data.consoleUrl, `https://queues.example.com/base/console/queues/${data.id}`)
  },
  { publicUrl: 'https://queues.example.com/base/' },
)

httpTest('GET /v2/users/me tells whose token it is', async (api) => {
  const { data } = await api.get('/v2/users/me')
  assert.deepEqual(data, { id: api.server.userId, username: 'tester' })
})
