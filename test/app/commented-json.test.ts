import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonTextError, parseCommentedJson } from '../../src/cli/commented-json.ts'

test('it reads whatever JSON.parse reads, as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      const json = JSON.stringify(JSON.parse(text), null, indent)
      assert.deepEqual(parseCommentedJson(json), JSON.parse(json))
    }),
    { numRuns: 2000 },
  )
})

test('it reads comments, and commas after the last element', () => {
  const text = `\ufeff// a policy
    { "rules": [ /* none
      so far */ { "hosts": "https://no//comment", }, ], // the end
      "paused" : true ,
    } /**/`
  assert.deepEqual(parseCommentedJson(text), { rules: [{ hosts: 'https://no//comment' }], paused: true })
  assert.deepEqual(parseCommentedJson('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}'))
})

const noValue = 'this is not a value of JSON: names and texts are in double quotes'

test('errors name the line and the column', () => {
  const errors: Record<string, string> = {
    '': 'line 1, column 1: a value is expected',
    '{\n  "a": 1\n  "b": 2\n}': 'line 3, column 3: "," is expected',
    '{"a": yes}': `line 1, column 7: ${noValue}`,
    '{"a": 01}': 'line 1, column 8: "," is expected',
    '{a: 1}': `line 1, column 2: ${noValue}`,
    "{'a': 1}": `line 1, column 2: ${noValue}`,
    '{"a" 1}': 'line 1, column 6: ":" is expected',
    '{"a": }': 'line 1, column 7: a value is expected',
    '[1,,]': 'line 1, column 4: a value is expected',
    '[1\r\n2]': 'line 2, column 1: "," is expected',
    '[1': 'line 1, column 3: "]" is expected',
    '1 2': 'line 1, column 3: this comes after the end of the value',
    '"🦜" x': `line 1, column 5: ${noValue}`,
    '["a\n"]': 'line 1, column 2: the text has no closing double quote on its line',
    '["\\x"]': 'line 1, column 2: the text has an escape that JSON does not have',
    '["\t"]': 'line 1, column 2: the text has a control character',
    '[1e]': 'line 1, column 2: the number has no end',
    '{"a": 1, "a": 2}': 'line 1, column 10: the name "a" is there twice',
    '{ /* x': 'line 1, column 3: the comment has no end',
  }
  for (const [text, message] of Object.entries(errors)) {
    assert.throws(
      () => parseCommentedJson(text),
      (error) => {
        assert.ok(error instanceof JsonTextError)
        assert.equal(error.message, message)
        return true
      },
    )
  }
  assert.throws(() => parseCommentedJson('['.repeat(100_000)), /nested too deeply/)
})
