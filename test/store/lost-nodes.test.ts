import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../src/store/postgres/connection/sqlstate.ts'

test('11.5 a statement whose node of a cluster was lost is tried again, and no other internal error', () => {
  const failure = (routine: string) =>
    failureOf(Object.assign(new Error('it failed'), { code: 'XX000', routine }))
  assert.equal(failure('ReportResultError'), 'connection')
  assert.equal(failure('MarkRemoteTransactionFailed'), 'connection')
  assert.equal(failure('heap_insert'), 'other')
})
