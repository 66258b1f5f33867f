/** By which address a call reached the server: what it says of itself in answers, and whose word it takes for it. */
import assert from 'node:assert/strict'
import { type Caller, httpTest } from '../../harness/http/caller.ts'

type Headers = Readonly<Record<string, string>>

/** What `consoleUrl` of a queue begins with; every base URL in an answer is made in the same way. */
async function baseUrl(api: Caller, headers: Headers): Promise<string> {
  const { data } = await api.post('/v2/request-queues?name=entrance', undefined, { headers })
  return data.consoleUrl.replace(/\/console\/.*$/, '')
}

const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'queues.example.com' }

httpTest('X-Forwarded headers are ignored unless the proxy is trusted', async (api) => {
  assert.equal(await baseUrl(api, forwarded), api.server.url)
})

httpTest(
  'a trusted proxy says at which address it was reached, and every link in answers uses that',
  async (api) => {
    assert.equal(await baseUrl(api, forwarded), 'https://queues.example.com')
    const { headers, data } = await api.post('/v2/request-queues', undefined, { headers: forwarded })
    assert.equal(headers.get('location'), `https://queues.example.com/v2/request-queues/${data.id}`)
    const docs = await api.get('/docs', { headers: forwarded })
    assert.ok(docs.text.includes('https://queues.example.com/v2/request-queues'))
  },
  { trustedProxies: ['127.0.0.0/8'] },
)

httpTest(
  'what the proxy does not say is taken from the call; with several proxies the first one counts',
  async (api) => {
    const { url } = api.server
    const host = new URL(url).host
    assert.equal(await baseUrl(api, {}), url)
    assert.equal(await baseUrl(api, { 'x-forwarded-proto': 'HTTPS' }), `https://${host}`)
    assert.equal(
      await baseUrl(api, { 'x-forwarded-host': 'queues.example.com:8443' }),
      'http://queues.example.com:8443',
    )
    assert.equal(await baseUrl(api, { 'x-forwarded-host': '[2001:db8::1]:80' }), 'http://[2001:db8::1]:80')
    const several = { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'outer.example.com, inner' }
    assert.equal(await baseUrl(api, several), 'https://outer.example.com')
  },
  { trustedProxies: ['127.0.0.1'] },
)

httpTest(
  'what is no protocol and no host is not taken over',
  async (api) => {
    for (const protocol of ['javascript', 'ftp', 'https:', '']) {
      assert.equal(await baseUrl(api, { 'x-forwarded-proto': protocol }), api.server.url)
    }
    for (const host of ['a b', 'user@host', 'host/path', '"><script>', 'host:port', 'host?x', '']) {
      assert.equal(await baseUrl(api, { 'x-forwarded-host': host }), api.server.url, host)
    }
  },
  { trustedProxies: ['127.0.0.1'] },
)

httpTest(
  'a proxy at another address is not believed',
  async (api) => assert.equal(await baseUrl(api, forwarded), api.server.url),
  { trustedProxies: ['10.0.0.0/8', '::1'] },
)

httpTest(
  'the public URL comes before what a proxy says',
  async (api) => assert.equal(await baseUrl(api, forwarded), 'https://public.example.com'),
  { trustedProxies: ['127.0.0.1'], publicUrl: 'https://public.example.com/' },
)
