import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { testPostgresVariable } from '../../harness/test-postgres.ts'

test('torture that is asked for a kind that needs a cluster, and has none, does not pass', () => {
  const args = ['torture/run.ts', '--minutes', '0', '--only', 'moves of shards']
  const env = { ...process.env, [testPostgresVariable]: '' }
  const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  assert.match(stdout, /^moves of shards: left out/m)
  assert.equal(status, 3)
})
