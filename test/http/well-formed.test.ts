/** Every text in every answer is well-formed Unicode, whatever came in (rule 2.8). */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { type Answer, assertFailure, type Caller, httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { RequestContent } from '../../src/domain/request.ts'

/** The first half of a pair, the second, and both in the wrong order; as JSON escapes them, in either case. */
const halves = ['\ud800', '\udfff', '\ude00\ud83d']
const replaced = '\ufffd'

/** The texts and the names in it, all the way down. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsIn(each)])
}

function assertWellFormed(answer: Answer): void {
  for (const text of textsIn(answer.body))
    assert.ok(text.isWellFormed(), `${JSON.stringify(text)} in ${answer.text}`)
}

for (const half of halves) {
  const broken = `a${half}b`
  const whole = broken.toWellFormed()

  httpTest(`2.8 ${JSON.stringify(half)} comes back as U+FFFD from every call that shows it`, async (api) => {
    const request = {
      url: `https://example.com/${broken}`,
      uniqueKey: broken,
      method: 'POST',
      headers: { [broken]: broken },
      userData: { [broken]: broken, deep: [{ [broken]: [broken, { a: broken }] }] },
      payload: { [broken]: [broken] },
      errorMessages: [broken, { code: broken }],
      loadedUrl: broken,
      [broken]: broken,
      ownField: { nested: [broken] },
    }
    const expected = {
      id: requestIdOf(whole),
      url: `https://example.com/${whole}`,
      uniqueKey: whole,
      method: 'POST',
      retryCount: 0,
      noRetry: false,
      headers: { [whole]: whole },
      userData: { [whole]: whole, deep: [{ [whole]: [whole, { a: whole }] }] },
      payload: { [whole]: [whole] },
      errorMessages: [whole, `{"code":"${whole}"}`],
      loadedUrl: whole,
      [whole]: whole,
      ownField: { nested: [whole] },
    }
    const queue = await api.queue()
    const path = `${queue}/requests/${requestIdOf(whole)}`
    const ways = [
      () => api.post(`${queue}/requests`, request),
      () => api.post(`${queue}/requests/batch`, [page('other'), request]),
      () => api.put(path, request),
    ]
    for (const add of ways) {
      assertWellFormed(await add())
      const got = await api.get(path)
      assertWellFormed(got)
      assert.deepEqual(got.data, expected)
      const listed = await api.get(`${queue}/requests`)
      assertWellFormed(listed)
      assert.deepEqual(
        listed.data.items.find(({ id }: { id: string }) => id === expected.id),
        expected,
      )
      assertWellFormed(await api.get(`${queue}/head`))
      assertWellFormed(await api.post(`${queue}/head/lock?lockSecs=60&clientKey=a`))
      // What is shown can be sent back, and is the same then.
      await api.put(`${path}?clientKey=a`, got.data)
      assert.deepEqual((await api.get(path)).data, expected)
      const deleted = await api.delete(`${queue}/requests/batch`, [{ uniqueKey: broken }, { id: broken }])
      assertWellFormed(deleted)
      assert.deepEqual(deleted.data.processedRequests, [{ id: expected.id, uniqueKey: whole }, { id: whole }])
      assertFailure(await api.get(path), 404, 'record-not-found')
    }
    const described = await api.put(queue, { title: broken })
    assertWellFormed(described)
    assert.equal(described.data.title, whole)
    assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.items[0].title, whole)
    const shown = await api.get(queue.replace('/v2/request-queues', '/console/queues'))
    assert.match(shown.text, new RegExp(whole))
  })
}

httpTest(
  '2.8 names that become the same are one: the last value counts, as where JSON has a name twice',
  async (api) => {
    const queue = await api.queue()
    const own = { 'a\ud800': 1, 'a\udfff': 2, b: 3, 'a\ufffd': 4 }
    const request = { ...page('a'), ...own, headers: own, userData: { deep: [own] } }
    const { data } = await api.post(`${queue}/requests`, request)
    const { text } = await api.get(`${queue}/requests/${data.requestId}`)
    const once = '"a\ufffd":4,"b":3'
    assert.match(
      text,
      new RegExp(`"headers":\\{${once}\\},"userData":\\{"deep":\\[\\{${once}\\}\\]\\},${once}\\}`),
    )
  },
)

httpTest('2.8 whole pairs and escapes that only look like halves stay as they are', async (api) => {
  const queue = await api.queue()
  const whole = [
    '\u{1f600}',
    '\\ud800',
    '\\\\ud83d\\ude00',
    '\\',
    'ud800',
    '\u0000\ufffd\uffff',
    '{"a":"\\ud800"}',
  ]
  const request = {
    ...page('a'),
    ...Object.fromEntries(whole.map((text) => [`own ${text}`, text])),
    userData: { list: whole, names: Object.fromEntries(whole.map((text) => [text, text])) },
    payload: JSON.stringify({ a: '\ud83d' }),
    errorMessages: whole,
  }
  const { data } = await api.post(`${queue}/requests`, request)
  const { data: got } = await api.get(`${queue}/requests/${data.requestId}`)
  for (const [name, value] of Object.entries(request)) assert.deepEqual(got[name], value)
  // Python's JSON escapes whole pairs too.
  const raw =
    '[{"url":"https://example.com/","uniqueKey":"b","userData":{"\\ud83d\\ude00":"\\uD83D\\uDE00"}}]'
  await api.post(`${queue}/requests/batch`, undefined, { raw })
  const { data: escaped } = await api.get(`${queue}/requests/${requestIdOf('b')}`)
  assert.deepEqual(escaped.userData, { '\u{1f600}': '\u{1f600}' })
})

httpTest('2.8 what an older version stored is given back well-formed too', async (api) => {
  const { store, userId } = api.server
  const queue = await api.queue()
  const queueId = queue.split('/').at(-1)!
  const stored = (uniqueKey: string, otherFields: string): RequestContent => {
    const id = requestIdOf(uniqueKey)
    return { ...page(uniqueKey), id, method: 'GET', retryCount: 0, handledAt: null, otherFields }
  }
  const members = (own: string) => `"noRetry":false,"headers":{},"userData":${own}`
  const deep = `${'['.repeat(20_000)}"\\ud800"${']'.repeat(20_000)}`
  await store.addRequests({
    userId,
    queue: { queueId },
    client: { clientKey: 'older', runId: null },
    side: 'end',
    requests: [
      stored(
        'halves',
        `${members('{"a\\ud800":"\\udfff\\\\ud800","list":["\\ud83d",{"b":"\\ude00"}]}')},"\\udbff":1`,
      ),
      stored('same names', members('{"a\\ud800":1,"a\\udfff":2}')),
      stored('whole', members('{"a":"\u{1f600}\\\\ud800"}')),
      stored('deep', members(`{"a":${deep}}`)),
    ],
  })
  const shown = async (uniqueKey: string) => {
    const got = await api.get(`${queue}/requests/${requestIdOf(uniqueKey)}`)
    assertWellFormed(got)
    return got.data
  }
  const halves = await shown('halves')
  assert.deepEqual(halves.userData, { 'a\ufffd': '\ufffd\\ud800', list: ['\ufffd', { b: '\ufffd' }] })
  assert.equal(halves[replaced], 1)
  assert.deepEqual((await shown('same names')).userData, { 'a\ufffd': 2 })
  assert.deepEqual((await shown('whole')).userData, { a: '\u{1f600}\\ud800' })
  // As text: nothing here can write down again what is nested so deeply.
  for (const path of [`${queue}/requests/${requestIdOf('deep')}`, `${queue}/requests`]) {
    const text = (await bytesOf(api, 'GET', path)).toString()
    assert.ok(text.includes(deep.replace('\\ud800', replaced)), path)
    assert.doesNotMatch(text.replaceAll('\\\\', ''), /\\ud[89a-f]/i)
  }
  // The check of the store after this test reports it, as `headlock verify` does.
  await api.delete(`${queue}/requests/${requestIdOf('deep')}`)
})

/** An answer as bytes: `fetch` would repair its text. */
async function bytesOf(api: Caller, method: string, path: string, body?: string): Promise<Buffer> {
  const response = await fetch(`${api.server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${api.server.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
  return Buffer.from(await response.arrayBuffer())
}

httpTest('2.8 refusals are well-formed also where they repeat a part of what was sent', async (api) => {
  const queue = await api.queue()
  const smileys = '\u{1f600}'.repeat(100)
  const half = '%ED%A0%80'
  const calls: [path: string, body?: string][] = [
    [`${queue}/head/lock?lockSecs=x${encodeURIComponent(smileys)}`],
    [`${queue}/head/lock?lockSecs=xx${encodeURIComponent(smileys)}`],
    [`${queue}/head/lock?lockSecs=1&clientKey=${half}`],
    [`${queue}/head/lock?lockSecs=1&clientKey=${half.repeat(20)}`],
    [`/v2/request-queues?name=${half}`],
    [`/v2/request-queues/~${half}/requests/unlock`],
    [`/v2/${half}`],
    [`/v2/${encodeURIComponent(smileys)}`],
  ]
  for (let before = 0; before < 24; before++) {
    calls.push([`${queue}/requests`, `{"a":"${'x'.repeat(before)}${smileys}" bad ${smileys}}`])
    calls.push([`${queue}/requests`, `${'x'.repeat(before)}${smileys}`])
    calls.push([`${queue}/requests`, `[${'1,'.repeat(before)}${smileys}`])
  }
  for (const [path, body] of calls) {
    const bytes = await bytesOf(api, 'POST', path, body)
    assert.ok(isUtf8(bytes), path)
    for (const text of textsIn(JSON.parse(bytes.toString()))) {
      assert.ok(text.isWellFormed(), `${path} ${body}: ${bytes}`)
      assert.doesNotMatch(text, /\\ud83d/, 'nor is there an escape in the text')
    }
  }
})
