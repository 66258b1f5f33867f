import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import {
  acceptEnvironmentToken,
  environmentTokenLabel,
  issueFirstToken,
  issueToken,
  makeToken,
} from '../../src/app/tokens/access.ts'
import { tokenHashOf } from '../../src/domain/token.ts'
import type { Store } from '../../src/store/store.ts'

function accessTest(name: string, body: (store: Store) => Promise<void>): void {
  test(name, async () => {
    const { store, discard } = await openTemporarySqliteStore()
    try {
      await body(store)
    } finally {
      await discard()
    }
  })
}

async function isValid(store: Store, token: string): Promise<boolean> {
  return (await store.findCaller({ tokenHash: tokenHashOf(token) })) !== null
}

describe('access', () => {
  test('makes tokens that are easy to recognize and always different', () => {
    const tokens = new Set(Array.from({ length: 1000 }, makeToken))
    assert.equal(tokens.size, 1000)
    for (const token of tokens) assert.match(token, /^headlock_[A-Za-z0-9]{36}$/)
  })

  test('finds a token by its SHA-256', () => {
    assert.equal(tokenHashOf('secret'), createHash('sha256').update('secret').digest('hex'))
  })

  accessTest('issues a token with its run and rights', async (store) => {
    const user = await store.ensureUser({ username: 'jane' })
    const ask = { userId: user.id, label: 'a note', runId: 'run-1', readOnly: true }
    const { id, token } = await issueToken(store, ask)
    const access = await store.findCaller({ tokenHash: tokenHashOf(token) })
    assert.deepEqual(access, {
      tokenId: id,
      userId: user.id,
      username: 'jane',
      runId: 'run-1',
      readOnly: true,
    })
  })

  accessTest('makes the first token of each user, and no second', async (store) => {
    const jane = await store.ensureUser({ username: 'jane' })
    const token = await issueFirstToken(store, jane.id)
    assert.ok(token !== null && (await isValid(store, token)))
    assert.equal(await issueFirstToken(store, jane.id), null)

    const john = await store.ensureUser({ username: 'john' })
    assert.notEqual(await issueFirstToken(store, john.id), null)
  })

  accessTest('accepts the token of the environment as often as it is set', async (store) => {
    const user = await store.ensureUser({ username: 'jane' })
    await acceptEnvironmentToken(store, user, 'environment-token-1')
    await acceptEnvironmentToken(store, user, 'environment-token-1')
    assert.ok(await isValid(store, 'environment-token-1'))
    const labels = (await store.listTokens()).map((token) => token.label)
    assert.deepEqual(labels, [environmentTokenLabel])
    assert.equal(await issueFirstToken(store, user.id), null)
  })

  accessTest('replaces the token of the environment, and no other', async (store) => {
    const user = await store.ensureUser({ username: 'jane' })
    const first = await issueFirstToken(store, user.id)
    await acceptEnvironmentToken(store, user, 'environment-token-1')
    await acceptEnvironmentToken(store, user, 'environment-token-2')
    assert.equal(await isValid(store, 'environment-token-1'), false)
    assert.ok(await isValid(store, 'environment-token-2'))
    assert.ok(await isValid(store, first!))
  })

  accessTest("refuses another user's token", async (store) => {
    const jane = await store.ensureUser({ username: 'jane' })
    const john = await store.ensureUser({ username: 'john' })
    await acceptEnvironmentToken(store, jane, 'environment-token-1')
    await assert.rejects(acceptEnvironmentToken(store, john, 'environment-token-1'), {
      message: /^HEADLOCK_TOKEN is already a token of the user jane\./,
    })
  })
})
