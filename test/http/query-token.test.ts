import assert from 'node:assert/strict'
import { assertFailure, httpTest } from '../../harness/http/caller.ts'

const none = { token: null }

httpTest(
  '--no-query-token: a token in the address is refused everywhere, valid or not, beside a header too',
  async (api) => {
    const { token } = api.server
    const before = (await api.get('/v2/request-queues?unnamed=1')).data.total
    const queries = [
      `?token=${token}`,
      '?token=wrong',
      '?token=',
      '?token',
      `?a=b&token=${token}`,
      `?tok%65n=${token}`,
    ]
    for (const query of [...queries, `?token=${token}&token=${token}`]) {
      for (const path of [
        '/v2/request-queues',
        '/v2/users/me',
        '/health',
        '/docs',
        '/openapi.json',
        '/nothing',
      ]) {
        for (const options of [none, {}]) {
          const method = path === '/v2/request-queues' ? 'POST' : 'GET'
          const answer = await api.call(method, path + query, undefined, options)
          assertFailure(
            answer,
            400,
            'invalid-input',
            /accepts no token in the URL .* "Authorization: Bearer TOKEN"/,
          )
          assert.ok(!answer.text.includes(token))
        }
      }
    }
    assert.equal((await api.get('/v2/request-queues?unnamed=1')).data.total, before)
    assert.equal((await api.get('/v2/users/me?tokens=1&x=token')).status, 200)
    const description = await api.get('/openapi.json')
    assert.deepEqual(Object.keys(description.body.components.securitySchemes), ['bearer'])
    assert.deepEqual(description.body.security, [{ bearer: [] }])
  },
  { browsers: { noQueryToken: true } },
)
