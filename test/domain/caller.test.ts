import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayUse, type Right, tokenAllows } from '../../src/domain/caller.ts'

const rights: readonly Right[] = ['inspect', 'read', 'write', 'manage']

test('the owner of a queue may do everything to it, and everybody else nothing', () => {
  for (const right of rights) {
    assert.equal(mayUse({ userId: 'alice' }, { ownerId: 'alice' }, right), true, right)
    assert.equal(mayUse({ userId: 'bob' }, { ownerId: 'alice' }, right), false, right)
    // Names of users are compared without case. IDs are not names.
    assert.equal(mayUse({ userId: 'Alice' }, { ownerId: 'alice' }, right), false, right)
  }
})

test('9.3 a token that may only read lets nobody change anything', () => {
  const allowed = (readOnly: boolean) => rights.filter((right) => tokenAllows({ readOnly }, right))
  assert.deepEqual(allowed(false), rights)
  assert.deepEqual(allowed(true), ['inspect', 'read'])
})
