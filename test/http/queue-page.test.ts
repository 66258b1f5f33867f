import assert from 'node:assert/strict'
import { type Answer, type Caller, fromTheBeginning, httpTest, page } from '../../harness/http/caller.ts'
import { requestIdOf } from '../../src/domain/identity.ts'

const none = { token: null }

httpTest(
  'consoleUrl leads to a page that says what the queue is, who holds what and what is next',
  async (api) => {
    const { data } = await api.post('/v2/request-queues?name=Crawl-1')
    const queue = `/v2/request-queues/${data.id}`
    await api.post(`${queue}/requests/batch?clientKey=worker-2`, ['a', 'b', 'c', 'd', 'e'].map(page))
    await api.post(`${queue}/head/lock?clientKey=worker-2&lockSecs=90&limit=1`)
    await api.post(`${queue}/head/lock?clientKey=worker-1&lockSecs=600&limit=1`)
    await api.post(`${queue}/head/lock?clientKey=worker-2&lockSecs=60&limit=1`)
    await api.put(`${queue}/requests/${requestIdOf('e')}?clientKey=worker-1`, {
      ...page('e'),
      handledAt: '2030-01-01T00:00:00.000Z',
    })
    await api.post(`${queue}/requests?clientKey=worker-1&forefront=1`, { ...page('f'), method: 'PUT' })
    await api.put(queue, { title: 'A title' })
    api.server.clock.advance(30_000)

    const answer = await api.get(new URL(data.consoleUrl).pathname)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    const text = textOf(answer)
    assert.match(text, /Crawl-1 request queue At 2030-01-01T00:00:30\.000Z\. Look again/)
    assert.match(text, /Total 6 Handled 1 Pending 5 Of these locked 3/)
    assert.match(text, new RegExp(`ID ${data.id} Title A title Owner tester`))
    assert.match(text, /Created 2030-01-01T00:00:00\.000Z 30 s ago/)
    assert.match(text, /Had multiple clients yes/)
    assert.match(text, /worker-1 1 10 min 10 min worker-2 2 30 s 60 s/)
    const [a, b, c, d, f] = ['a', 'b', 'c', 'd', 'f'].map((key) => page(key).url)
    assert.match(text, new RegExp(`Lock ends in ${b} worker-1 10 min ${c} worker-2 30 s ${a} worker-2 60 s`))
    assert.match(
      text,
      new RegExp(
        `The first 2 of the requests that can be handed out now, in order\\. URL Method Retries ${f} PUT 0 ${d} GET 0`,
      ),
    )
    assert.match(text, /writeCount 10 readCount 0 deleteCount 0 headItemReadCount 3 storageBytes \d+/)
  },
  fromTheBeginning,
)

httpTest('the page needs nothing from outside, and its link keeps the token out of the text', async (api) => {
  const { id } = (await api.post('/v2/request-queues')).data
  const answer = await api.get(`/console/queues/${id}`)
  assert.match(answer.text, /<a href="">Look again/)
  assert.doesNotMatch(answer.text, /<script|<link|<img|@import|url\(|src=|href="[^"]/)
  assert.doesNotMatch(answer.text, new RegExp(api.server.token))
  assert.match(answer.headers.get('content-security-policy')!, /default-src 'none'/)
  const text = textOf(answer)
  assert.match(text, /Unnamed queue .* Nobody holds a request\. .* Nothing can be handed out now\./)
})

httpTest('7.3 a reader of the page is not a client, and changes no counts', async (api) => {
  const queue = await api.queueWith('a', 'b', 'c')
  await api.post(`${queue}/head/lock?clientKey=filler&lockSecs=60&limit=1`)
  const before = (await api.get(queue)).data
  const id = queue.split('/').at(-1)
  for (let look = 0; look < 3; look++) assert.equal((await api.get(`/console/queues/${id}`)).status, 200)
  assert.equal(before.hadMultipleClients, false)
  assert.deepEqual((await api.get(queue)).data, before)
})

httpTest('7.2, 7.7 a queue that is only watched on its page expires', async (api) => {
  const queue = await api.queueWith('a')
  const { accessedAt } = (await api.get(queue)).data
  const page = `/console/queues/${queue.split('/').at(-1)}`
  for (let look = 0; look < 3; look++) {
    api.server.clock.advance(20_000)
    assert.match(textOf(await api.get(page)), new RegExp(`Accessed ${accessedAt} ${20 * (look + 1)} s ago`))
  }
  assert.equal(await api.server.store.expireQueues({ retentionMs: 60_000 }), 1)
  assert.equal((await api.get(page)).status, 404)
})

httpTest('an expired lock is held by nobody, and its request is next', async (api) => {
  const queue = await api.queueWith('a')
  await api.post(`${queue}/head/lock?clientKey=filler&lockSecs=60`)
  api.server.clock.advance(60_000)
  const text = textOf(await pageOf(api, queue))
  assert.match(
    text,
    /Of these locked 0 .* Nobody holds a request\. .* The first 1 of the requests that can be handed out now/,
  )
})

httpTest('every client that holds something is named, and 100 of the locked requests', async (api) => {
  const queue = await api.queue()
  const lock = async (client: string) => {
    await api.post(`${queue}/head/lock?clientKey=${client}&lockSecs=60`)
  }
  let added = 0
  const add = async () => {
    const keys = Array.from({ length: 25 }, () => `request-${added++}`)
    await api.post(`${queue}/requests/batch?clientKey=a`, keys.map(page))
  }
  for (const client of ['a', 'b', 'c', 'd', 'e']) {
    await add()
    await lock(client)
  }
  await add()
  const some = textOf(await pageOf(api, queue))
  assert.match(some, /Of these locked 125 .* a 25 60 s 60 s b 25 .* e 25 60 s 60 s/)
  assert.match(some, /Locked requests The first 100 of 125, by client key/)
  assert.equal(some.match(/request-\d+ [a-d] 60 s/g)?.length, 100)
  assert.match(some, /The first 25 of the requests that can be handed out now/)

  await lock('f')
  while (added < 1025) {
    await add()
    await lock('f')
  }
  const many = textOf(await pageOf(api, queue))
  assert.match(many, /Of these locked over 1,000 /)
  assert.match(
    many,
    /More requests are locked than the 1000 that this page has read\. .* The first 100 of 1000, by/,
  )
})

httpTest('stored texts are escaped on the page, and long ones are cut', async (api) => {
  const queue = await api.queue()
  await api.put(queue, { title: '<b>title</b>' })
  const url = 'https://example.com/?<script>"&\''
  await api.post(`${queue}/requests?clientKey=x`, { url, uniqueKey: '1' })
  await api.post(`${queue}/head/lock?lockSecs=60&clientKey=${encodeURIComponent('<i>"key"</i>')}`)
  await api.post(`${queue}/requests?clientKey=x`, { url: `${url}${'x'.repeat(100_000)}`, uniqueKey: '2' })
  const { text } = await pageOf(api, queue)
  assert.match(text, /<td>&lt;b&gt;title&lt;\/b&gt;<\/td>/)
  assert.match(text, /https:\/\/example\.com\/\?&lt;script&gt;&quot;&amp;&#39;<\/td>/)
  assert.match(text, /<code>&lt;i&gt;&quot;key&quot;&lt;\/i&gt;<\/code>/)
  assert.ok(text.length < 20_000)
})

httpTest('without a token the page asks for one, and says when it is not valid', async (api) => {
  const queue = await api.queueWith('a')
  const path = `/console/queues/${queue.split('/').at(-1)}`
  for (const each of [path, '/console/queues/nowhere']) {
    const without = await api.get(each, none)
    assert.equal(without.status, 401)
    assert.match(without.text, /<form method="post" action="\?"><input name="token"/)
    assert.doesNotMatch(without.text, /example\.com|Statistics|not valid/)
  }
  const wrong = await api.get(`${path}?token=%3Cb%3Ewrong`, none)
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /not valid/)
  assert.doesNotMatch(wrong.text, /wrong/)
  const { token } = await api.server.createToken({ readOnly: true })
  assert.equal((await api.get(path, { token })).status, 200)
})

httpTest('a queue that is not there has a page that says so', async (api) => {
  for (const address of ['nowhere', '~nowhere', 'nobody~nowhere', encodeURIComponent('<b>"x')]) {
    const answer = await api.get(`/console/queues/${address}`)
    assert.equal(answer.status, 404)
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(answer.text, /Request Queue was not found/)
    assert.doesNotMatch(answer.text, /<b>/)
  }
  assert.equal((await api.post('/v2/request-queues?name=named')).status, 201)
  assert.match(textOf(await api.get('/console/queues/~NAMED')), /named request queue/)
})

function pageOf(api: Caller, queue: string): Promise<Answer> {
  return api.get(`/console/queues/${queue.split('/').at(-1)}`)
}

/** What a reader sees of a page. */
function textOf({ text }: Answer): string {
  return text
    .slice(text.indexOf('<body>'))
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ \./g, '.')
}
