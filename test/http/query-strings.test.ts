import assert from 'node:assert/strict'
import { assertFailure, fromTheBeginning, httpTest, keysOf } from '../../harness/http/caller.ts'

const overlong = 'k'.repeat(33)
/** Characters are counted as JSON Schema counts them: each of these is one, and two units of UTF-16. */
const emoji = (count: number) => encodeURIComponent('\u{1f600}'.repeat(count))

httpTest('9.5 booleans are true, false, 1 and 0, and nothing else', async (api) => {
  for (const [text, expected] of Object.entries({ true: true, false: false, 1: true, 0: false })) {
    assert.equal((await api.get(`/v2/request-queues?desc=${text}`)).data.desc, expected)
  }
  for (const text of ['', 'yes', 'TRUE', '2', 'null', 'undefined', '%20true', 'true&desc=true']) {
    const answer = await api.get(`/v2/request-queues?desc=${text}`)
    assertFailure(answer, 400, 'invalid-input', /query parameter desc .* true, false, 1 or 0$/)
  }
})

httpTest(
  '9.5, 4.2 invalid numbers are refused with the name of the parameter, and change nothing',
  async (api) => {
    const queue = await api.queueWith('a', 'b')
    const before = await api.stateOf(queue)
    api.server.clock.advance(1)
    const noNumbers = [
      '',
      'abc',
      '-1',
      '+1',
      '1e3',
      '0x10',
      '1,5',
      '%201',
      '1.',
      '.5',
      'NaN',
      'Infinity',
      '1_0',
      '١',
    ]
    for (const lockSecs of [...noNumbers, '0', '0.0', '3153600001', '9'.repeat(400), '1&lockSecs=2']) {
      const answer = await api.post(`${queue}/head/lock?lockSecs=${lockSecs}`)
      assertFailure(
        answer,
        400,
        'invalid-input',
        /^Invalid input: the query parameter lockSecs was given .* a decimal number in digits above 0 up to 3153600000$/,
      )
    }
    for (const limit of [
      ...noNumbers,
      '0',
      '0.0',
      '26',
      '26.0',
      '1.5',
      '2.01',
      '9'.repeat(400),
      '1&limit=1',
    ]) {
      const answer = await api.post(`${queue}/head/lock?lockSecs=1&limit=${limit}`)
      assertFailure(
        answer,
        400,
        'invalid-input',
        /query parameter limit .* a whole number in digits from 1 up to 25/,
      )
    }
    assertFailure(await api.post(`${queue}/head/lock`), 400, 'invalid-input', /lockSecs is required/)
    for (const lockSecs of ['0', '-1', 'x']) {
      const answer = await api.put(`${queue}/requests/ypeBEsobvcr6wjG/lock?lockSecs=${lockSecs}`)
      assertFailure(answer, 400, 'invalid-input', /lockSecs/)
    }
    assert.deepEqual(await api.stateOf(queue), before)
  },
)

httpTest(
  '4.5, 7.8, 8.1 limit of a page: 0 is the default, and more than the maximum is the maximum',
  async (api) => {
    const queue = await api.queueWith('a')
    const limits: [string, number, number][] = [
      ['/v2/request-queues', 1000, 1000],
      [`${queue}/head`, 1000, 1000],
      [`${queue}/requests`, 1000, 10_000],
    ]
    for (const [path, byDefault, most] of limits) {
      const limitOf = async (query: string) => (await api.get(`${path}${query}`)).data.limit
      assert.equal(await limitOf(''), byDefault, path)
      assert.equal(await limitOf('?limit=0'), byDefault, path)
      assert.equal(await limitOf('?limit=7'), 7, path)
      assert.equal(await limitOf(`?limit=${most + 1}`), most, path)
      for (const huge of ['999999999', `${most}.0`, '9007199254740991', '9007199254740993']) {
        assert.equal(await limitOf(`?limit=${huge}`), most, `${path} ${huge}`)
      }
      assert.equal(await limitOf(`?limit=${'9'.repeat(400)}`), most, path)
      for (const whole of ['10.0', '10.000', '010', `10.${'0'.repeat(100)}`]) {
        assert.equal(await limitOf(`?limit=${whole}`), 10, `${path} ${whole}`)
      }
      assert.equal(await limitOf('?limit=0.0'), byDefault, path)
      for (const bad of ['-1', '-1.0', '1.5', `1.${'0'.repeat(40)}1`, '1e3', '10.', 'x', '']) {
        assertFailure(
          await api.get(`${path}?limit=${bad}`),
          400,
          'invalid-input',
          /^Invalid input: the query parameter limit was given .* allowed is a whole number in digits from 0$/,
        )
      }
    }
    const { data } = await api.get('/v2/request-queues?unnamed=1&offset=0.0')
    assert.deepEqual([data.offset, data.count], [0, 1])
    for (const beyond of ['1', '1.0', '9007199254740991', '9'.repeat(400)]) {
      const answer = await api.get(`/v2/request-queues?unnamed=1&offset=${beyond}`)
      assert.deepEqual([answer.status, answer.data?.total, answer.data?.count], [200, 1, 0], beyond)
    }
    assertFailure(await api.get('/v2/request-queues?offset=-1'), 400, 'invalid-input', /offset/)
    assertFailure(
      await api.get('/v2/request-queues?ownership=mine'),
      400,
      'invalid-input',
      /ownedByMe, sharedWithMe/,
    )
  },
)

httpTest(
  '9.5, 4.2 numbers of head/lock and prolong may have a fraction of zero',
  async (api) => {
    const queue = await api.queueWith('a', 'b', 'c')
    const locked = await api.post(`${queue}/head/lock?lockSecs=60.0&limit=2.0&clientKey=x`)
    assert.deepEqual([locked.data.limit, locked.data.lockSecs, keysOf(locked)], [2, 60, ['a', 'b']])
    const long = `60.${'0'.repeat(30)}`
    const prolonged = await api.put(`${queue}/requests/ypeBEsobvcr6wjG/lock?lockSecs=${long}&clientKey=x`)
    assert.equal(prolonged.data.lockExpiresAt, '2030-01-01T00:01:00.000Z')
  },
  fromTheBeginning,
)

httpTest('1 client keys have 1 to 32 characters, on every call that takes one', async (api) => {
  const queue = await api.queueWith('a')
  const request = `${queue}/requests/ypeBEsobvcr6wjG`
  const content = { url: 'https://example.com/', uniqueKey: 'b' }
  const before = await api.stateOf(queue)
  api.server.clock.advance(1)
  for (const clientKey of ['', overlong, emoji(33), 'a&clientKey=b']) {
    const query = `clientKey=${clientKey}`
    const calls = [
      api.get(`${queue}/head?${query}`),
      api.post(`${queue}/head/lock?lockSecs=1&${query}`),
      api.get(`${queue}/requests?${query}`),
      api.post(`${queue}/requests?${query}`, content),
      api.post(`${queue}/requests/batch?${query}`, [content]),
      api.delete(`${queue}/requests/batch?${query}`, [{ uniqueKey: 'a' }]),
      api.post(`${queue}/requests/unlock?${query}`),
      api.put(`${request}?${query}`, { ...content, uniqueKey: 'a' }),
      api.delete(`${request}?${query}`),
      api.put(`${request}/lock?lockSecs=1&${query}`),
      api.delete(`${request}/lock?${query}`),
    ]
    for (const call of calls) {
      assertFailure(
        await call,
        400,
        'invalid-input',
        /the query parameter clientKey was given .* 1 to 32 characters/,
      )
    }
  }
  assert.deepEqual(await api.stateOf(queue), before)
  for (const clientKey of ['k', 'k'.repeat(32), '%C3%A4%22', 'a+b', emoji(1), emoji(32)]) {
    assert.equal((await api.post(`${queue}/head/lock?lockSecs=1&clientKey=${clientKey}`)).status, 200)
  }
})

httpTest('9.5 unknown parameters are ignored', async (api) => {
  const queue = await api.queueWith('a')
  assert.deepEqual(keysOf(await api.get(`${queue}/head?limit=5&foo=1&foo=2&__proto__=x&constructor=y`)), [
    'a',
  ])
})
