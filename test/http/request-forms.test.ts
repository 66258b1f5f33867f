/** Forms in which clients send requests, which are not those in which answers show them. */
import assert from 'node:assert/strict'
import { httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

httpTest(
  '9.8 every URL that the URL standard reads as http or https is taken, and kept as it came',
  async (api) => {
    const urls = [
      ' https://example.com/',
      '\thttps://example.com/',
      '\nhttps://example.com/\n',
      '\u0000https://example.com/',
      'https://example.com/ ',
      'https:example.com',
      'https:/example.com',
      'https:\\\\example.com',
      'https:///example.com',
      'http:\\example.com\\a',
      'HTTPS://EXAMPLE.COM/',
      'hTTp:example.com',
      'ht\ntps://example.com/',
      'https://exa\tmple.com/a b',
      'https://ex\u00e4mple.com/\u{1f600}?q=\u00e4#\u00e4',
      'https://user:secret@example.com:8443/',
      'http://[::1]:3000/',
      'http://1.2/',
    ]
    const queue = await api.queue()
    const requests = urls.map((url, index) => ({ url, uniqueKey: `batch ${index}` }))
    const batch = await api.post(`${queue}/requests/batch`, requests)
    assert.equal(batch.status, 201, batch.text)
    for (const [index, url] of urls.entries()) {
      const added = await api.post(`${queue}/requests`, { url, uniqueKey: `one ${index}` })
      assert.equal(added.status, 201, JSON.stringify(url))
      const inBatch = `${queue}/requests/${requestIdOf(`batch ${index}`)}`
      assert.equal((await api.get(inBatch)).data.url, url)
      const updated = await api.put(inBatch, { url: `${url} `, uniqueKey: `batch ${index}` })
      assert.equal(updated.status, 200, JSON.stringify(url))
      assert.equal((await api.get(inBatch)).data.url, `${url} `)
    }
  },
)

/** Forms that some client sends, and what answers show for them. */
const forms: [sent: object, shown: object][] = [
  [{ method: 'post' }, { method: 'POST' }],
  [{ method: 'Patch' }, { method: 'PATCH' }],
  ...['HEAD', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'].map((method): [object, object] => [
    { method },
    { method },
  ]),
  [{ retryCount: 2.0 }, { retryCount: 2 }],
  [{ retryCount: 1.9 }, { retryCount: 1 }],
  [{ retryCount: -1 }, { retryCount: 0 }],
  [{ retryCount: -0.5 }, { retryCount: 0 }],
  [{ retryCount: 2_147_483_647 }, { retryCount: 2_147_483_647 }],
  [{ retryCount: 1e20 }, { retryCount: 2_147_483_647 }],
  [{ headers: [] }, { headers: {} }],
  [{ headers: ['a', 'b'] }, { headers: { 0: 'a', 1: 'b' } }],
  [{ headers: { 'X-Number': 5, 'X-List': ['a'] } }, { headers: { 'X-Number': 5, 'X-List': ['a'] } }],
  [{ userData: [] }, { userData: {} }],
  [{ userData: [1, { a: [] }] }, { userData: { 0: 1, 1: { a: [] } } }],
  [{ payload: [] }, { payload: {} }],
  [{ payload: [97, 98] }, { payload: { 0: 97, 1: 98 } }],
  [{ payload: {} }, { payload: {} }],
  [{ payload: '' }, { payload: '' }],
  [{ errorMessages: [] }, { errorMessages: [] }],
  [{ errorMessages: {} }, { errorMessages: [] }],
  [{ errorMessages: { 1: 'a', 2: 'b' } }, { errorMessages: ['a', 'b'] }],
  [
    { errorMessages: ['a', null, 5, true, { code: 'x' }, ['y']] },
    { errorMessages: ['a', 'null', '5', 'true', '{"code":"x"}', '["y"]'] },
  ],
  [{ noRetry: null }, { noRetry: false }],
  [{ loadedUrl: '' }, { loadedUrl: '' }],
]

httpTest('2.6, 2.9 the forms in which clients send fields are taken, and shown in one form', async (api) => {
  const queue = await api.queue()
  for (const [index, [sent, shown]] of forms.entries()) {
    const request = { ...page(`${index}`), ...sent }
    const path = `${queue}/requests/${requestIdOf(`${index}`)}`
    const expected = { method: 'GET', retryCount: 0, noRetry: false, headers: {}, userData: {}, ...shown }
    for (const add of [
      () => api.post(`${queue}/requests`, request),
      () => api.post(`${queue}/requests/batch`, [request]),
      () => api.put(path, request),
    ]) {
      const added = await add()
      assert.ok(added.status < 300, `${JSON.stringify(sent)}: ${added.text}`)
      const { id: _, url: __, uniqueKey: ___, ...rest } = (await api.get(path)).data
      assert.deepEqual(rest, expected, JSON.stringify(sent))
      if (add.toString().includes('put')) continue
      await api.delete(path)
    }
  }
})

httpTest('6.2 handledAt is taken in every form that clients write times in', async (api) => {
  const times = {
    '2030-01-01': '2030-01-01T00:00:00.000Z',
    '2032-02-29': '2032-02-29T00:00:00.000Z',
    '2030-01-01 12:00:00': '2030-01-01T12:00:00.000Z',
    '2030-01-01 12:00:00 UTC': '2030-01-01T12:00:00.000Z',
    '2030-01-01 12:00:00 +0200': '2030-01-01T10:00:00.000Z',
    '2030-01-01 12:00:00.5+02': '2030-01-01T10:00:00.500Z',
    '2030-01-01t12:00:00.0000001z': '2030-01-01T12:00:00.000Z',
    'Tue, 01 Jan 2030 12:00:00 GMT': '2030-01-01T12:00:00.000Z',
    'Tue, 01 Jan 2030 12:00:00 -0130': '2030-01-01T13:30:00.000Z',
    'Tue Jan 01 2030 12:00:00 GMT+0200 (Central European Summer Time)': '2030-01-01T10:00:00.000Z',
  }
  const queue = await api.queue()
  const path = `${queue}/requests/${requestIdOf('a')}`
  for (const [handledAt, shown] of Object.entries(times)) {
    const updated = await api.put(path, { ...page('a'), handledAt })
    assert.equal(updated.status, 200, `${handledAt}: ${updated.text}`)
    assert.equal((await api.get(path)).data.handledAt, shown, handledAt)
  }
})

httpTest('6.6 nothing has an empty ID or unique key, so it is gone, and the batch goes on', async (api) => {
  const queue = await api.queueWith('a')
  const answer = await api.delete(`${queue}/requests/batch`, [
    { id: '' },
    { uniqueKey: '' },
    { uniqueKey: 'a' },
  ])
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.data.processedRequests.length, 3)
  assert.equal((await api.get(queue)).data.totalRequestCount, 0)
})
