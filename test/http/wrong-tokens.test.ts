/** Repeated wrong tokens: which callers are slowed down, which are not, and what the log says. */
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { type Answer, assertFailure, type Caller, httpTest } from '../../harness/http/caller.ts'
import { WrongTokenTable } from '../../src/http/auth/wrong-token-table.ts'

/** After this many within a minute, further ones are answered with 429. */
const limit = 20
const minuteMs = 60_000
const behindProxy = { trustedProxies: ['127.0.0.1'] }

function wrong(api: Caller, from?: string): Promise<Answer> {
  const headers: Record<string, string> = from === undefined ? {} : { 'x-forwarded-for': from }
  return api.get('/v2/users/me', { token: `wrong-${Math.random()}`, headers })
}

async function statusesOf(api: Caller, count: number, from?: string): Promise<number[]> {
  const statuses: number[] = []
  for (let call = 0; call < count; call++) statuses.push((await wrong(api, from)).status)
  return statuses
}

const times = (count: number, status: number) => Array.from({ length: count }, () => status)

httpTest(
  '9.3 after twenty wrong tokens within a minute the next are answered 429, until it is over',
  async (api) => {
    assert.deepEqual(await statusesOf(api, limit), times(limit, 401))
    api.server.clock.advance(10_000)
    const refused = await wrong(api)
    const message =
      'Authentication token is not valid, and neither were 20 others that came from the same address within a minute. ' +
      'Try again in 50 seconds; a valid token works at once.'
    assertFailure(refused, 429, 'rate-limit-exceeded', message)
    assert.equal(refused.headers.get('retry-after'), '50')
    api.server.clock.advance(49_000)
    assert.equal((await wrong(api)).headers.get('retry-after'), '1')
    api.server.clock.advance(1_000)
    assert.deepEqual(await statusesOf(api, limit + 1), [...times(limit, 401), 429])
  },
)

httpTest(
  '9.3 a valid token from the same address is not slowed down, whether it was used before or not',
  async (api) => {
    await statusesOf(api, 3 * limit)
    assert.equal((await api.get('/v2/users/me')).status, 200)
    const { token } = await api.server.createToken()
    assert.equal((await api.get('/v2/users/me', { token })).status, 200)
    assert.equal((await api.get(`/v2/users/me?token=${token}`, { token: null })).status, 200)
    assertFailure(await api.get('/v2/users/me', { token: null }), 401, 'token-not-provided')
    assert.equal((await wrong(api)).status, 429, 'a valid token forgives nothing')
  },
)

httpTest('9.3 calls without a token and with a valid one do not count', async (api) => {
  for (let call = 0; call < 2 * limit; call++) {
    await api.get('/v2/users/me')
    await api.get('/v2/users/me', { token: null })
  }
  assert.equal((await wrong(api)).status, 401)
})

httpTest('9.3 wrong tokens on every route count together', async (api) => {
  const paths = ['/v2/request-queues', '/v2/request-queues/x', '/v2/request-queues/x/head', '/openapi.json']
  for (let call = 0; call < limit; call++) {
    assert.equal((await api.get(paths[call % paths.length]!, { token: 'wrong' })).status, 401)
  }
  for (const path of paths) assert.equal((await api.get(path, { token: 'wrong' })).status, 429, path)
  assert.equal((await api.post('/v2/request-queues?token=wrong', undefined, { token: null })).status, 429)
})

httpTest('9.3 the form of a page counts too, and asks again with the same status as the API', async (api) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const signIn = (token: string) =>
    api.post('/docs', undefined, { token: null, headers: form, raw: `token=${token}` })
  for (let call = 0; call < limit; call++) assert.equal((await signIn('wrong')).status, 401)
  for (const refused of [
    await signIn('wrong'),
    await api.get('/docs?token=wrong', { token: null }),
    await api.get('/console/queues/~a?token=wrong', { token: null }),
  ]) {
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '60')
    assert.match(refused.text, /This token is not valid/)
  }
  assert.equal((await wrong(api)).status, 429)
  assert.equal((await api.get('/docs', { token: null })).status, 401, 'no token is no wrong one')
  const answer = await fetch(`${api.server.url}/docs`, {
    method: 'POST',
    redirect: 'manual',
    headers: form,
    body: `token=${api.server.token}`,
  })
  assert.equal(answer.status, 303)
})

httpTest(
  '9.3 behind a proxy each caller is counted by its own address',
  async (api) => {
    assert.deepEqual(await statusesOf(api, limit + 1, '192.0.2.1'), [...times(limit, 401), 429])
    assert.equal((await wrong(api, '192.0.2.2')).status, 401)
    // What stands before the address that the proxy has seen, the caller has written.
    assert.equal((await wrong(api, '192.0.2.9, 192.0.2.1')).status, 429)
    assert.equal((await wrong(api, '192.0.2.1, 192.0.2.9')).status, 401)
    // A proxy behind a proxy.
    assert.equal((await wrong(api, '192.0.2.1, 127.0.0.1')).status, 429)
    for (const written of ['192.0.2.1:4711', '::ffff:192.0.2.1', '[::ffff:192.0.2.1]:4711']) {
      assert.equal((await wrong(api, written)).status, 429, written)
    }
  },
  behindProxy,
)

httpTest(
  '9.3 an IPv6 network of 64 bits counts as one caller',
  async (api) => {
    for (let call = 0; call < limit; call++) {
      assert.equal((await wrong(api, `2001:db8:0:7::${call}`)).status, 401)
    }
    assert.equal((await wrong(api, '2001:db8:0:7:aaaa:bbbb:cccc:dddd')).status, 429)
    assert.equal((await wrong(api, '[2001:db8:0:7::1]:4711')).status, 429)
    assert.equal((await wrong(api, '2001:db8:0:8::1')).status, 401)
  },
  behindProxy,
)

httpTest('9.3 without a trusted proxy a header does not change the address of the caller', async (api) => {
  for (let call = 0; call < limit; call++) await wrong(api, `192.0.2.${call}`)
  assert.equal((await wrong(api, '192.0.2.200')).status, 429)
})

interface Line {
  readonly level: number
  readonly msg: string
  readonly address: string
  readonly wrongTokens: number
  readonly addressesLeftOut?: number
}

/** Gives the lines since the last time, when there are so many. Those of other threads come after the answers. */
type Warnings = (count: number) => Promise<Line[]>

function logTest(name: string, body: (api: Caller, warnings: Warnings) => Promise<void>): void {
  const lines: Line[] = []
  const log = new EventEmitter()
  const write = (line: string) => {
    lines.push(JSON.parse(line))
    log.emit('line')
  }
  const warnings: Warnings = async (count) => {
    while (lines.length < count) await once(log, 'line')
    return lines.splice(0)
  }
  httpTest(name, (api) => body(api, warnings), { ...behindProxy, logger: pino({ level: 'warn' }, { write }) })
}

logTest('the log has one line for each address and minute, without the tokens', async (api, warnings) => {
  await statusesOf(api, limit, '192.0.2.1')
  assert.deepEqual(await warnings(0), [])
  await statusesOf(api, 3 * limit, '192.0.2.1')
  await statusesOf(api, limit + 5, '2001:db8:0:7::1')
  const logged = await warnings(2)
  assert.deepEqual(
    logged.map(({ level, address, wrongTokens }) => ({ level, address, wrongTokens })),
    [
      { level: 40, address: '192.0.2.1', wrongTokens: limit },
      { level: 40, address: '2001:db8:0:7::/64', wrongTokens: limit },
    ],
  )
  assert.match(logged[0]!.msg, /many wrong tokens from one address/)
  assert.ok(!JSON.stringify(logged).includes('wrong-'))
  api.server.clock.advance(minuteMs)
  await statusesOf(api, 2 * limit, '192.0.2.1')
  assert.equal((await warnings(1)).length, 1)
})

logTest(
  'the log stays small when there are many addresses, and says how many it left out',
  async (api, warnings) => {
    for (let caller = 1; caller <= 30; caller++) await statusesOf(api, limit + 1, `192.0.2.${caller}`)
    assert.equal((await warnings(20)).length, 20)
    api.server.clock.advance(minuteMs)
    await statusesOf(api, limit + 1, '192.0.2.1')
    assert.deepEqual(
      (await warnings(1)).map(({ addressesLeftOut }) => addressesLeftOut),
      [10],
    )
  },
)

describe('the table of wrong tokens', () => {
  test('has a fixed size, and keeps counting when there are more callers than entries', () => {
    const table = new WrongTokenTable()
    const { byteLength } = table.memory
    assert.ok(byteLength < 300_000)
    for (let round = 0; round < 30; round++) table.count('stubborn', 0)
    for (let caller = 0; caller < 100_000; caller++) table.count(`caller-${caller}`, 0)
    assert.equal(table.count('stubborn', 0).count, 31, 'those with fewer made room')
    assert.equal(table.memory.byteLength, byteLength)
  })

  test('is shared by all threads that share its memory', () => {
    const one = new WrongTokenTable()
    const other = new WrongTokenTable(one.memory)
    assert.equal(one.count('caller', 0).count, 1)
    assert.equal(other.count('caller', 0).count, 2)
    assert.deepEqual(one.count('caller', 30_000), { count: 3, secondsLeft: 30 })
    assert.deepEqual(other.count('caller', 60_000), { count: 1, secondsLeft: 60 })
  })

  test('starts over when the clock was set back', () => {
    const table = new WrongTokenTable()
    table.count('caller', 100_000)
    assert.deepEqual(table.count('caller', 50_000), { count: 1, secondsLeft: 60 })
  })
})
