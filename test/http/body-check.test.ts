import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TSchema, Type } from 'typebox'
import { RequestBody } from '../../src/http/api/request-schema.ts'
import { compileBody } from '../../src/http/validation/body-check.ts'

test('a list that is too long is checked up to its limit only, and the error says that it is too long', () => {
  let looks = 0
  const element = {
    get url() {
      looks++
      return 'x'
    },
  }
  const schema = Type.Array(Type.Object({ url: Type.String() }), { maxItems: 25 })
  const refusal = compileBody(schema)(Array.from({ length: 100_000 }, () => element))
  assert.ok(refusal !== true)
  assert.match(refusal.error.message, /^Invalid input: the body must have 25 elements at most/)
  assert.ok(looks < 1000, `${looks} looks`)
})

const wellMade = { url: 'https://example.com/', uniqueKey: 'page' }

function messageOf(schema: TSchema, body: unknown): string {
  const refusal = compileBody(schema)(body)
  assert.ok(refusal !== true)
  return refusal.error.message
}

for (const [what, schema, wrap] of [
  ['a request', RequestBody, (request: object) => request],
  [
    'an element of a batch',
    Type.Array(RequestBody, { maxItems: 25 }),
    (request: object) => [wellMade, request],
  ],
] as const) {
  test(`a long list in ${what} is not checked when something else is wrong`, () => {
    let looks = 0
    const errorMessages = new Proxy(
      Array.from({ length: 10_000 }, () => 'failed'),
      {
        get(list, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks++
          return Reflect.get(list, key)
        },
      },
    )
    const message = messageOf(schema, wrap({ ...wellMade, url: 'x', errorMessages }))
    assert.match(message, /^Invalid input: url (of element 1 )?must be an absolute http or https URL/)
    assert.equal(looks, 0)
  })
}

test('the errors for a body of the wrong shape', () => {
  assert.match(messageOf(RequestBody, [wellMade]), /^Invalid input: the body must be an object/)
  assert.match(messageOf(Type.Array(RequestBody, { maxItems: 25 }), wellMade), /the body must be a list/)
  assert.match(
    messageOf(Type.Array(RequestBody, { maxItems: 25 }), [wellMade, [wellMade]]),
    /element 1 must be an object/,
  )
  assert.match(messageOf(Type.Array(RequestBody, { maxItems: 25 }), [null]), /element 0 must be an object/)
  assert.match(
    messageOf(RequestBody, { ...wellMade, errorMessages: 'x' }),
    /errorMessages must be a list or an object or null/,
  )
})
