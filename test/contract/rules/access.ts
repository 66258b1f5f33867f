import assert from 'node:assert/strict'
import type { Rule } from '../../../harness/scene.ts'

/** The part of rule 9.3 that a store decides: users, tokens, and what a token allows. */
export function accessRules(rule: Rule): void {
  rule('9.3 a user is made once and found by name', async ({ store, user, clock }) => {
    assert.match(user.id, /^[A-Za-z0-9]{17}$/)
    assert.deepEqual(user, { id: user.id, username: 'alice', createdAt: clock.wallMs() })
    clock.advance(1000)
    assert.deepEqual(await store.ensureUser({ username: 'alice' }), user)
    assert.deepEqual(await store.findUser({ username: 'alice' }), user)
    const bob = await store.ensureUser({ username: 'bob' })
    assert.notEqual(bob.id, user.id)
    assert.equal(bob.createdAt, clock.wallMs())
    assert.equal(await store.findUser({ username: 'nobody' }), null)
  })

  rule('9.3 one user is made, however many calls ask for it together', async ({ store }) => {
    const users = await Promise.all(Array.from({ length: 16 }, () => store.ensureUser({ username: 'bob' })))
    assert.equal(new Set(users.map((user) => user.id)).size, 1)
  })

  rule('9.3 a token is known by its hash, with all it allows', async ({ store, user, clock }) => {
    const plain = { userId: user.id, label: null, runId: null, readOnly: false }
    const first = await store.createToken({ ...plain, tokenHash: 'hash-1' })
    clock.advance(1000)
    const second = await store.createToken({
      userId: user.id,
      tokenHash: 'hash-2',
      label: 'Crawl – été',
      runId: 'run-1',
      readOnly: true,
    })
    assert.deepEqual(first, { id: first.id, ...plain, createdAt: clock.wallMs() - 1000 })
    assert.deepEqual(second, {
      id: second.id,
      userId: user.id,
      label: 'Crawl – été',
      runId: 'run-1',
      readOnly: true,
      createdAt: clock.wallMs(),
    })
    assert.deepEqual(await store.listTokens(), [first, second])
    assert.deepEqual(await store.findCaller({ tokenHash: 'hash-1' }), {
      tokenId: first.id,
      userId: user.id,
      username: 'alice',
      runId: null,
      readOnly: false,
    })
    assert.deepEqual(await store.findCaller({ tokenHash: 'hash-2' }), {
      tokenId: second.id,
      userId: user.id,
      username: 'alice',
      runId: 'run-1',
      readOnly: true,
    })
    assert.equal(await store.findCaller({ tokenHash: 'hash-3' }), null)
    assert.equal(await store.findCaller({ tokenHash: '' }), null)
  })

  rule('9.3 a revoked token is unknown from then on, others stay', async ({ store, user }) => {
    const plain = { userId: user.id, label: null, runId: null, readOnly: false }
    const first = await store.createToken({ ...plain, tokenHash: 'hash-1' })
    const second = await store.createToken({ ...plain, tokenHash: 'hash-2' })
    assert.notEqual(await store.findCaller({ tokenHash: 'hash-1' }), null)
    assert.equal(await store.revokeToken({ id: first.id }), true)
    assert.equal(await store.findCaller({ tokenHash: 'hash-1' }), null)
    assert.equal(await store.revokeToken({ id: first.id }), false)
    assert.equal(await store.revokeToken({ id: 'never there' }), false)
    assert.deepEqual(await store.listTokens(), [second])
    assert.equal((await store.findCaller({ tokenHash: 'hash-2' }))!.tokenId, second.id)
  })
}
