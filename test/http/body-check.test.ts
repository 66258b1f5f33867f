import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { compileBody } from '../../src/http/body-check.ts'

test('of a list that is too long no more is looked at than its limit says, and that is told', () => {
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
