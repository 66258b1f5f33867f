/** What an answer shows can be sent back as it is, by every client (rule 2.9). */
import assert from 'node:assert/strict'
import { type Caller, httpTest, page } from '../../harness/http/caller.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Request = { readonly id: string; readonly uniqueKey: string } & { readonly [name: string]: Json }

/** What becomes of JSON on the way through clients of different languages. */
const clients: Readonly<Record<string, (value: Json) => Json>> = {
  'drops nothing': (value) => value,
  'has no empty object, nor one with the names 0, 1, 2 (PHP)': (value) =>
    deeply(value, (each) => {
      const isList = Object.keys(each).every((name, index) => name === String(index))
      return isList ? Object.values(each) : each
    }),
  'has no empty list (Lua)': (value) =>
    deeply(value, (each) => (Array.isArray(each) && each.length === 0 ? {} : each)),
}

/** Each list and object, replaced from the inside out. */
function deeply(
  value: Json,
  change: (value: readonly Json[] | { readonly [name: string]: Json }) => Json,
): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return change(value.map((each) => deeply(each, change)))
  const members = Object.entries(value).map(([name, each]) => [name, deeply(each, change)] as const)
  return change(Object.fromEntries(members))
}

/** With every field that answers show, with as little in it as there can be and with more. */
const requests = [
  page('as little as there can be'),
  { ...page('empty'), headers: {}, userData: {}, payload: {}, errorMessages: [], ownField: {}, ownList: [] },
  {
    ...page('full'),
    method: 'POST',
    retryCount: 3,
    noRetry: true,
    headers: { 'X-A': '1' },
    userData: { label: 'x', list: [], object: {}, items: [{}] },
    payload: { 0: 97, 1: 98 },
    errorMessages: ['first', 'second'],
    loadedUrl: 'https://example.com/loaded',
  },
  { ...page('lists'), headers: { 0: 'a', 1: 'b' }, userData: { 0: 1 }, payload: '' },
]

/** Calls whose answers show requests. */
const answers: Readonly<Record<string, (api: Caller, queue: string) => Promise<Request[]>>> = {
  'get request': async (api, queue) => {
    const { items } = (await api.get(`${queue}/requests`)).data
    const got = items.map(async ({ id }: Request) => (await api.get(`${queue}/requests/${id}`)).data)
    return Promise.all(got)
  },
  'list requests': async (api, queue) => (await api.get(`${queue}/requests`)).data.items,
  'list locked requests': async (api, queue) => {
    await api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`)
    return (await api.get(`${queue}/requests?filter=locked`)).data.items
  },
  'get head': async (api, queue) => (await api.get(`${queue}/head`)).data.items,
  'get head and lock': async (api, queue) =>
    (await api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`)).data.items,
  'handled requests': async (api, queue) => {
    const handledAt = '2030-01-01T00:00:00.000Z'
    for (const request of requests.map((each) => ({ ...each, handledAt }))) {
      const [{ requestId }] = (await api.post(`${queue}/requests/batch`, [request])).data.processedRequests
      await api.put(`${queue}/requests/${requestId}`, request)
    }
    return (await api.get(`${queue}/requests`)).data.items
  },
}

for (const [client, through] of Object.entries(clients)) {
  for (const [call, requestsOf] of Object.entries(answers)) {
    httpTest(`2.9 what "${call}" shows is taken back from a client that ${client}`, async (api) => {
      const queue = await api.queue()
      await api.post(`${queue}/requests/batch`, requests)
      const shown = await requestsOf(api, queue)
      assert.equal(shown.length, requests.length)
      const whole = (await api.get(`${queue}/requests`)).data.items as Request[]
      const other = await api.queue()
      for (const request of shown) {
        const sent = through(request)
        const updated = await api.put(`${queue}/requests/${request.id}?clientKey=a`, sent)
        assert.equal(updated.status, 200, updated.text)
        const added = await api.post(`${other}/requests`, sent)
        assert.equal(added.status, 201, added.text)
      }
      const batch = await api.post(`${other}/requests/batch`, shown.map(through))
      assert.equal(batch.status, 201, batch.text)
      if (call.includes('head')) return

      // What the API knows is the same after it; what is inside of it is the client's.
      for (const back of [await api.get(`${queue}/requests`), await api.get(`${other}/requests`)]) {
        for (const request of back.data.items as Request[]) {
          const before = whole.find(({ id }) => id === request.id)!
          for (const name of ['headers', 'payload', 'errorMessages', 'retryCount', 'method', 'handledAt']) {
            assert.deepEqual(request[name], before[name], `${name} of ${request.uniqueKey}`)
          }
          assert.equal(Array.isArray(request['userData']), false)
        }
      }
      const deleted = await api.delete(`${other}/requests/batch`, shown.map(through))
      assert.equal(deleted.status, 200, deleted.text)
      assert.equal((await api.get(other)).data.totalRequestCount, 0)
    })
  }

  httpTest(`2.9 what is shown of a queue is taken back from a client that ${client}`, async (api) => {
    const named = (await api.post('/v2/request-queues?name=shop')).data
    await api.put(`/v2/request-queues/${named.id}`, { title: 'Shop', generalAccess: 'RESTRICTED' })
    const unnamed = (await api.post('/v2/request-queues')).data
    const listed = (await api.get('/v2/request-queues?unnamed=1')).data.items
    const got = [named, unnamed].map(async ({ id }) => (await api.get(`/v2/request-queues/${id}`)).data)
    assert.equal(listed.length, 2)
    for (const shown of [...(await Promise.all(got)), ...listed, named, unnamed]) {
      const answer = await api.put(`/v2/request-queues/${shown.id}`, through(shown))
      assert.equal(answer.status, 200, answer.text)
      const { name, title, generalAccess } = answer.data
      const expected = shown.id === named.id ? ['shop', 'Shop', 'RESTRICTED'] : [null, undefined, undefined]
      assert.deepEqual([name, title, generalAccess], expected)
    }
  })
}
