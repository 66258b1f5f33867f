/** A file from before requests had the number of their group (migrations/0008-group-numbers.ts). */
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestQueue } from '../../harness/conversation.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { openDatabase } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { sql as groupNumbers } from '../../src/store/sqlite/migrations/0008-group-numbers.ts'
import { migrations } from '../../src/store/sqlite/migrations/index.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const filled = `
  INSERT INTO users VALUES ('user', 'headlock', 'headlock', 1);
  INSERT INTO queues (number, id, owner_id, created_at, modified_at, accessed_at, total_count, handled_count, last_ticket,
    had_multiple_clients, write_count, read_count, delete_count, head_item_read_count, storage_bytes,
    policy, policy_version, grouping, ranks)
  VALUES
    (1, 'grouped', 'user', 1, 1, 1, 4, 1, 3, 0, 0, 0, 0, 0, 400,
      '{"rules":[{"hosts":["*"],"concurrency":1}]}', 1, 'host', 2048),
    (2, 'plain', 'user', 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 100, NULL, 0, NULL, 0);
  INSERT INTO requests (queue_number, id, available_at, sequence, handled_at, bytes, retry_count, method, unique_key, url,
    other_fields, group_name, rank)
  VALUES
    (1, 'a1', 1, 1, NULL, 100, 0, 'GET', 'a1', 'https://a.test/1', '', 'a.test', 0),
    (1, 'a2', 1, 2, NULL, 100, 0, 'GET', 'a2', 'https://a.test/2', '', 'a.test', 0),
    (1, 'b1', 1, 3, NULL, 100, 0, 'GET', 'b1', 'https://b.test/1', '', 'b.test', 0),
    (1, 'b2', NULL, NULL, 1, 100, 0, 'GET', 'b2', 'https://b.test/2', '', NULL, NULL),
    (2, 'a1', 1, 1, NULL, 100, 0, 'GET', 'a1', 'https://a.test/1', '', NULL, NULL);
  INSERT INTO groups (number, queue_number, name, unhandled_count, lock_ends, slowed_to_ms, judged_by, first_rank, first_at,
    first_sequence)
  VALUES (7, 1, 'a.test', 2, '[]', 0, 1, 0, 1, 1), (3, 1, 'b.test', 1, '[]', 0, 1, 0, 1, 3)`

test('a file whose requests name their groups is brought up to date', async (t) => {
  const directory = await temporaryDirectory(t)
  const file = join(directory, databaseName)
  const db = openDatabase(file)
  const version = migrations.indexOf(groupNumbers)
  for (const sql of migrations.slice(0, version)) db.exec(sql)
  db.exec(filled)
  const setId = db.prepare('UPDATE requests SET id = ? WHERE unique_key = ?')
  for (const key of ['a1', 'a2', 'b1', 'b2']) setId.run(requestIdOf(key), key)
  db.exec(`PRAGMA application_id = ${0x48444c4b}; PRAGMA user_version = ${version}`)
  db.close()
  await chmod(file, 0o600)

  const store = await openSqliteStore({ directory })
  t.after(() => store.close())
  assert.deepEqual(await store.check(), [])
  const lockedUrls = async (queueId: string) => {
    const { items } = await new TestQueue(store, 'user', { queueId }).client('a').lockHead(60, 25)
    return items.map(({ url }) => url)
  }
  assert.deepEqual(await lockedUrls('grouped'), ['https://a.test/1', 'https://b.test/1'])
  assert.deepEqual(await lockedUrls('grouped'), [])
  assert.deepEqual(await lockedUrls('plain'), ['https://a.test/1'])
  assert.deepEqual(await store.check(), [])
})
