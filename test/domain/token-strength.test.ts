import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { makeToken } from '../../src/app/tokens/access.ts'
import { tokenFault } from '../../src/domain/token-strength.ts'

describe('the strength of a token', () => {
  test('random tokens are accepted, in every alphabet', () => {
    for (let round = 0; round < 2_000; round++) {
      // Always the same ones: one in a million random tokens has a row in it.
      const bytes = createHash('sha512').update(String(round)).digest()
      for (const token of [
        makeToken(),
        bytes.toString('hex', 0, 10),
        bytes.toString('hex', 0, 24),
        bytes.toString('base64'),
        bytes.toString('base64url', 0, 24),
        bytes.readBigUInt64LE().toString().padStart(20, '7'),
        `headlock-prod-token-${bytes.toString('hex', 0, 8)}`,
      ]) {
        assert.equal(tokenFault(token), null, token)
      }
    }
  })

  test('random tokens that happen to hold a short word are accepted', () => {
    for (const word of ['puta', 'PutA', 'xXxxX'])
      assert.equal(tokenFault(`Zk3vQm8pR1t${word}w6bNc2Ly`), null, word)
  })

  const faults: Record<string, readonly string[]> = {
    'is too short': ['a'.repeat(19), 'Zk3vQm8pR1tXw6bNc2L'],
    'is too long': ['Zk3vQm8pR1tXw6bNc2Ly'.repeat(11)],
    'has characters that are not allowed': [
      'has a space in it, and is long',
      'umlauts-äöü-and-much-more',
      'line\nbreaks-in-the-token',
      '<your-token-goes-here>',
      '$(openssl rand -hex 24)',
    ],
    'is a placeholder, which is easy to guess': [
      'changeme-changeme-changeme',
      'CHANGE_ME_CHANGE_ME_CHANGE_ME',
      'please-change-this-before-use',
      'your-token-here-your-token-here',
      'YOUR_HEADLOCK_API_TOKEN',
      'your-very-secret-token',
      'replace-this-with-a-long-random-string',
      'insert-your-own-token-1',
      'put.the.token.here.please',
      'this-is-only-a-placeholder',
      'an-example-token-of-the-docs',
      'headlock_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
      'xxxxx-xxxxx-xxxxx-xxxxx-xxxxx',
    ],
    'has too few different characters': [
      'a'.repeat(20),
      '0'.repeat(32),
      'abababababababababab',
      '-.-.-.-.-.-.-.-.-.-.-.-.',
      '1122334411223344112233',
    ],
    'repeats itself': ['correcthorse-correcthorse', 'Zk3vQm8pZk3vQm8pZk3vQ', 'abc123abc123abc123abc123'],
    'has a run of consecutive characters': [
      'abcdefghijklmnopqrstuvwxyz',
      '01234567890123456789a',
      'abc-def-ghi-jkl-mno-pqr',
      'server-token-0123456789-of-mine',
      '98765432109876543210z',
      'headlock-bench-token-0123456789abcdef',
      'wwwwwwww-Zk3vQm8pR1tXw6',
    ],
    'is made of words that are easy to guess': [
      'my-super-secret-token-1',
      'headlock-api-token-for-dev',
      'admin-password-admin-passwd',
      'my-very-long-random-secret-string',
    ],
  }
  for (const [fault, tokens] of Object.entries(faults)) {
    test(`refused: one that ${fault}`, () => {
      for (const token of tokens) {
        assert.equal(tokenFault(token), fault, token)
      }
    })
  }

  test('a passphrase of unrelated words is accepted', () => {
    assert.equal(tokenFault('gravel-umbrella-sixty-oboe'), null)
  })
})
