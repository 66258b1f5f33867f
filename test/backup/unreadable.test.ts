/** A request with damaged stored content is found and reported, and does not disturb others. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { Client } from 'pg'
import {
  type Ending,
  runCommand,
  type ServerProcess,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../../harness/server-process.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { areMembers, problemOfFields } from '../../src/store/stored-fields.ts'

/** What may stand in other_fields, and whether an answer can have it. */
const contents: readonly [name: string, fields: string, isShown: boolean][] = [
  ['no JSON', 'broken', false],
  ['cut off', '"userData":{"a":1', false],
  ['with one bracket too many', '"userData":{}}', false],
  ['with a request of its own', '"userData":{}},{"id":"x"', false],
  ['white space', ' ', false],
  ['a comma', ',"a":1', false],
  ['a comma at the end', '"a":1,', false],
  ['with a control character', '"a":"\u0001"', false],
  ['with a NUL and more', '"a":1}\u0000"', false],
  ['nested deeply', `"a":${'['.repeat(100)}${']'.repeat(100)}`, true],
  ['a field of the server', '"a":1,"id":"other"', true],
  ['a field twice', '"userData":{},"userData":{"a":1}', true],
]

interface Place {
  readonly flags: readonly string[]
  readonly data: string
  /** With the server stopped. */
  run(sql: string, values?: string[]): Promise<void>
}

async function sqlite(t: Ending): Promise<Place> {
  const data = await temporaryDirectory(t)
  return {
    flags: ['--data', data],
    data,
    async run(sql, values = []) {
      const db = new DatabaseSync(join(data, 'headlock.sqlite'))
      db.prepare(sql).run(...values)
      db.close()
    },
  }
}

async function postgres(t: Ending): Promise<Place> {
  const database = await temporaryDatabase(t)
  const [connectionString, query] = database.split('?')
  const options = `-c search_path=${new URLSearchParams(query).get('schema')}`
  return {
    flags: ['--store', database],
    data: await temporaryDirectory(t),
    async run(sql, values = []) {
      const client = new Client({ connectionString: connectionString!, options })
      await client.connect()
      // As postgres/text.ts writes what PostgreSQL cannot keep.
      const stored = values.map((value) =>
        value.replaceAll('\u0001', '\u0001\u0001').replaceAll('\0', '\u0001\u0002'),
      )
      await client.query(sql.replace('?', '$1'), stored)
      await client.end()
    },
  }
}

const requests = '/v2/request-queues/~pages/requests'

/** A queue with a request for each kind of damage, and two that stay sound. */
async function filled(t: Ending, place: Place): Promise<string> {
  const server = await startServerProcess(t, place.data, { flags: place.flags })
  await server.call('/v2/request-queues?name=pages', { method: 'POST' })
  for (const uniqueKey of ['sound', 'sound too', ...contents.map(([name]) => name)]) {
    assert.equal((await put(server, server.firstToken!, uniqueKey)).status, 200)
  }
  await server.stop()
  return server.firstToken!
}

function put(server: ServerProcess, token: string, uniqueKey: string): Promise<Response> {
  const body = JSON.stringify({ uniqueKey, url: 'https://example.com/' })
  return server.call(`${requests}/${requestIdOf(uniqueKey)}`, { method: 'PUT', body, token })
}

interface Page {
  items: { id: string; uniqueKey: string; method: string }[]
  nextCursor?: string
}

/** @throws Error when it is no JSON */
async function list(server: ServerProcess, token: string, query = ''): Promise<Page> {
  const answer = await server.call(`${requests}${query}`, { token })
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { data: Page }).data
}

for (const [store, placeOf] of Object.entries({ SQLite: sqlite, PostgreSQL: postgres })) {
  describe(`content that is damaged, on ${store}`, { concurrency: 4 }, () => {
    test('fields: verify tells, and no list is lost', async (t) => {
      const place = await placeOf(t)
      const token = await filled(t, place)
      assert.equal((await runCommand(['verify', ...place.flags])).code, 0)
      for (const [name, fields] of contents) {
        await place.run(`UPDATE requests SET other_fields = ? WHERE unique_key = '${name}'`, [fields])
      }
      for (const repair of [[], ['--repair']]) {
        const { code, stderr } = await runCommand(['verify', ...place.flags, ...repair])
        assert.equal(code, 1)
        assert.match(stderr, /the stored fields of a request are not JSON: 9 times/)
        assert.match(stderr, /the stored fields of a request are nested more than 100 levels deep: /)
        assert.match(stderr, /a request has a field twice: 2 times/)
      }

      const server = await startServerProcess(t, place.data, { flags: place.flags })
      const shown = contents.filter(([, , isShown]) => isShown).map(([name]) => name)
      const keys = ['sound', 'sound too', ...shown].sort()
      for (const query of ['', '?filter=pending']) {
        const { items } = await list(server, token, query)
        assert.deepEqual(items.map(({ uniqueKey }) => uniqueKey).sort(), keys)
      }
      // A walk leaves them out as well: each page is full, and the last one says that it is.
      const walked: string[] = []
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: Page = await list(server, token, `?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
        assert.equal(page.items.length, 1)
        walked.push(page.items[0]!.uniqueKey)
        cursor = page.nextCursor
      }
      assert.deepEqual(walked.sort(), keys)
      const head = await server.call('/v2/request-queues/~pages/head', { token })
      const { items } = ((await head.json()) as { data: Page }).data
      assert.equal(items.length, contents.length + 2, 'the head shows no such fields')

      for (const [name, , isShown] of contents) {
        const id = requestIdOf(name)
        const got = await server.call(`${requests}/${id}`, { token })
        assert.equal(got.status, isShown ? 200 : 500, name)
        if (isShown) continue
        const { error } = (await got.json()) as { error: { type: string; message: string } }
        assert.equal(error.type, 'internal-server-error')
        assert.match(error.message, /headlock verify/)
        await server.hasPrinted(new RegExp(`"requestId":"${id}".*headlock verify`))
        assert.equal(server.stdout.split(`"requestId":"${id}"`).length, 2, 'it is told once')
      }

      // Their callers can send them anew, or delete them.
      for (const [index, [name]] of contents.entries()) {
        const path = `${requests}/${requestIdOf(name)}`
        const mended =
          index % 2 === 0 ? put(server, token, name) : server.call(path, { method: 'DELETE', token })
        assert.ok((await mended).ok, name)
      }
      assert.equal((await list(server, token)).items.length, 2 + contents.length / 2)
      await server.stop()
      assert.equal((await runCommand(['verify', ...place.flags])).code, 0)
    })

    test('other columns: verify tells, and every list and head is JSON', async (t) => {
      const place = await placeOf(t)
      const token = await filled(t, place)
      await place.run(`
        UPDATE requests SET method = 'G"T', lock_expires_at = 9000000000000000, available_at = 9000000000000000,
          locked_by = 'x', available_before = 1 WHERE unique_key = 'sound'`)
      await place.run(`UPDATE requests SET method = 'P"T', id = 'a"b' WHERE unique_key = 'sound too'`)
      await place.run('UPDATE queues SET created_at = 9000000000000000')
      const { code, stderr } = await runCommand(['verify', ...place.flags])
      assert.equal(code, 1)
      assert.match(stderr, /the method of a request is not an HTTP method: 2 times/)
      assert.match(stderr, /a time of a request is not a date/)
      assert.match(stderr, /a time of a queue is not a date/)
      const server = await startServerProcess(t, place.data, { flags: place.flags })
      assert.equal((await list(server, token)).items.length, contents.length + 2)
      for (const path of ['/v2/request-queues', '/v2/request-queues/~pages/head']) {
        const answer = await server.call(path, { token })
        assert.equal(answer.status, 200)
        await answer.json()
      }
    })
  })
}

test('a number that cannot be read is named by verify', async (t) => {
  const place = await sqlite(t)
  await filled(t, place)
  await place.run(
    "UPDATE requests SET retry_count = 9223372036854775807, id = 'large' WHERE unique_key = 'sound too'",
  )
  const { code, stderr } = await runCommand(['verify', ...place.flags])
  assert.equal(code, 1)
  assert.match(stderr, /a number of a request is too large to be read: large/)
})

test('a backup with damaged content is restored as it is when that is asked for', async (t) => {
  const place = await sqlite(t)
  await filled(t, place)
  await place.run("UPDATE requests SET other_fields = 'broken' WHERE unique_key = 'sound too'")
  const file = join(await temporaryDirectory(t), 'backup.sqlite')
  const restored = join(await temporaryDirectory(t), 'restored')
  assert.equal((await runCommand(['backup', file, ...place.flags])).code, 0)
  const refused = await runCommand(['restore', file, '--data', restored])
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr,
    /are not JSON: \w{15}\. \S+ still contains no database\. Add --repair to restore it anyway/,
  )
  const { code, stdout, stderr } = await runCommand(['restore', file, '--data', restored, '--repair'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^Not repaired: the stored fields of a request are not JSON: \w{15}\n/m)
  await (await startServerProcess(t, restored)).stop()
})

test('stored fields are members of a JSON object, however they are written', () => {
  for (const text of ['', '"a":1', '"a":"\\ud800"', '"a":1e999', '"a":"\\u0000"', '"a" : [ ]', '"ž":"😀"']) {
    assert.ok(areMembers(text), text)
    assert.equal(problemOfFields(text), null)
  }
  const deep = `"a":${'['.repeat(20_000)}${']'.repeat(20_000)}`
  assert.ok(areMembers(deep))
  assert.ok(!areMembers(deep.slice(0, -1)))
  assert.match(problemOfFields(deep)!, /levels deep/)
  assert.equal(problemOfFields(`"a":${'['.repeat(99)}${']'.repeat(99)},"b":"${'['.repeat(500)}\\""`), null)
})
