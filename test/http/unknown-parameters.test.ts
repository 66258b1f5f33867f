import assert from 'node:assert/strict'
import { assertFailure, httpTest, keysOf } from '../../harness/http/caller.ts'

/** The path of the same queue below /headlock/v1. */
function ours(queue: string): string {
  return queue.replace('/v2/request-queues/', '/headlock/v1/queues/')
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}

httpTest('14 every call of /headlock/v1 refuses parameters that it does not take', async (api) => {
  const queue = await api.queueWith('a')
  const { body } = await api.get('/openapi.json')
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>)
  const calls = paths
    .filter(([path]) => path.startsWith('/headlock/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, each]) => [method, path, each] as const),
    )
  assert.ok(calls.length >= 20)
  for (const [method, template, { parameters = [] }] of calls) {
    const path = template.replace('{queueId}', queue.split('/').at(-1)!).replace(/\{\w+\}/g, 'x')
    const known = parameters.filter((each) => each.in === 'query').map(({ name }) => name)
    const refused = await api.call(method.toUpperCase(), `${path}?stat=failed`)
    assertFailure(refused, 400, 'invalid-input')
    const takes = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
    const message = `this call does not take the query parameter "stat"; ${takes}`
    assert.ok(refused.body.error.message.endsWith(message), `${method} ${path}: ${refused.text}`)
  }
  assert.equal((await api.get(queue)).data.totalRequestCount, 1)
})

httpTest('14 what a call takes is taken, and the parameters of every call', async (api) => {
  const queue = await api.queueWith('a', 'b')
  const requests = `${ours(queue)}/requests`
  const { token } = api.server
  const found = await api.get(`${requests}?state=available&url=example&limit=5&token=${token}`, {
    token: null,
  })
  assert.deepEqual(keysOf(found).toSorted(), ['a', 'b'])
  const put = await api.post(
    `${ours(queue)}/policy?method=PUT&token=${token}`,
    { paused: true },
    { token: null },
  )
  assert.deepEqual([put.status, put.data.policy], [200, { paused: true }])
})

httpTest('9.5 the name of an unknown parameter is shown in one piece, and /v2 ignores it', async (api) => {
  const queue = await api.queueWith('a')
  for (const [given, shown] of [
    ['State=failed', '"State"'],
    ['state%5B%5D=failed', '"state[]"'],
    ['=x', '""'],
    ['a%0Ab', '"a\\nb"'],
    ['__proto__=x', '"__proto__"'],
    ['constructor=x', '"constructor"'],
    [`${'n'.repeat(100)}=1`, `"${'n'.repeat(60)}…"`],
    ['stat=a&stat=b', '"stat"'],
    ['state=failed&stat=failed', '"stat"'],
  ] as const) {
    const refused = await api.get(`${ours(queue)}/requests?${given}`)
    assertFailure(refused, 400, 'invalid-input')
    assert.ok(
      refused.body.error.message.includes(`the query parameter ${shown}; it takes state, `),
      refused.text,
    )
    assert.equal((await api.get(`${queue}/requests?${given}&limit=10`)).status, 200)
  }
})
