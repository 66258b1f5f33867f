import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { boundLimits } from '../../tools/check/bound-limits.ts'

test('a parameter alone after LIMIT is found', () => {
  const text = [
    'SELECT 1 LIMIT ?',
    'SELECT 1 LIMIT +?',
    'SELECT 1 LIMIT ?3',
    'SELECT 1 limit (?)',
    'LIMIT 1',
  ].join('\n')
  assert.deepEqual(boundLimits(text), [1, 3, 4])
})

test('what is written instead means the same', () => {
  const db = openDatabase(':memory:')
  try {
    const select = db.prepare('SELECT value FROM json_each(?) LIMIT +?')
    const counts = [0, 1, 3, 5, -1].map((limit) => select.all('[1,2,3,4]', limit).length)
    assert.deepEqual(counts, [0, 1, 3, 4, 4])
  } finally {
    db.close()
  }
})
