import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorMessagesOf, failureOf, failureText } from '../../src/domain/insight/failure.ts'

test('what is no text is grouped, and found, by its JSON', () => {
  const otherFields = '"errorMessages":[{"code":"EGONE"}]'
  assert.equal(failureOf({ handledAt: 1, otherFields }), '{"code":"EGONE"}')
  assert.deepEqual(errorMessagesOf(otherFields), ['{"code":"EGONE"}'])
})

describe('the text by which errors are grouped', () => {
  const groups: Record<string, readonly string[]> = {
    'Navigation timed out after <number> seconds': [
      'Navigation timed out after 60 seconds',
      'Navigation timed out after 1.5 seconds\n    at file:///app/crawler.js:12:3',
    ],
    'Request to <address> was blocked: <number>': [
      'Request to https://example.com/a?b=1 was blocked: 403',
      'Request to http://10.0.0.1:8080 was blocked: 429',
    ],
    'getaddrinfo ENOTFOUND <address>': ['getaddrinfo ENOTFOUND a.test', 'getaddrinfo ENOTFOUND www.b.test'],
    'page.goto: net::ERR_CONNECTION_RESET at <address>': [
      'page.goto: net::ERR_CONNECTION_RESET at https://a.test/',
      'page.goto: net::ERR_CONNECTION_RESET at https://b.test/c?d=1',
    ],
    'connect ECONNREFUSED <address>': ['connect ECONNREFUSED 127.0.0.1:80', 'connect ECONNREFUSED ::1:80'],
    'Session <id> is retired': [
      'Session session_x8Kq2Pz1 is retired',
      'Session 123e4567-e89b-12d3-a456-426614174000 is retired',
    ],
    'TypeError: page.waitFor is not a function': ['TypeError: page.waitFor is not a function'],
    '(an error without a text)': ['', '  \n\n'],
  }
  for (const [group, messages] of Object.entries(groups)) {
    test(group, () => {
      assert.deepEqual(
        messages.map((message) => failureText(message)),
        messages.map(() => group),
      )
    })
  }

  test('it is short and well formed, whatever comes', () => {
    for (const message of [
      'x '.repeat(100_000),
      '\ud83d',
      '🙂'.repeat(200),
      '9'.repeat(5000),
      null,
      { a: 1 },
    ]) {
      const text = failureText(message)
      assert.ok(text.length > 0 && text.length <= 200)
      assert.ok(text.isWellFormed())
    }
  })
})

test('14.4 a request failed if it is handled with errors, unless Crawlee says that it came through', () => {
  const handledAt = 1
  const errors = '"errorMessages":["first","last 7"]'
  const of = (otherFields: string, at: number | null = handledAt) => {
    return failureOf({ handledAt: at, otherFields })
  }
  assert.equal(of(errors), 'last <number>')
  assert.equal(of(`"userData":{"__crawlee":{}},${errors}`), 'last <number>')
  assert.equal(of(`"userData":{"__crawlee":null},${errors}`), 'last <number>')
  assert.equal(of(`"userData":{"__crawlee":{"state":6}},${errors}`), 'last <number>')
  assert.equal(of(`"userData":{"__crawlee":{"state":5}},${errors}`), null)
  assert.equal(of(errors, null), null)
  assert.equal(of('"userData":{"errorMessages":["of somebody else"]}'), null)
  assert.equal(of('"userData":{"errorMessages":[]},"errorMessages":["x"]'), 'x')
  assert.equal(of('"errorMessages":[]'), null)
  assert.equal(of(''), null)
  assert.deepEqual(errorMessagesOf(errors), ['first', 'last 7'])
  assert.deepEqual(errorMessagesOf('"errorMessages":[]'), [])
})
