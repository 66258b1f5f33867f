/**
 * The data of a released version survive an upgrade. They are in `fixtures/`, made by
 * `harness/upgrade/make-fixture.ts`.
 */
import assert from 'node:assert/strict'
import { chmod, copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { pino } from 'pino'
import { runCommand, temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { ask, type Items, queuesPath, type Released } from '../../harness/upgrade/fill.ts'
import { defaultBrowserOptions } from '../../src/http/browsers/browser-options.ts'
import { buildServer } from '../../src/http/server.ts'
import { ManualClock } from '../../src/store/clock.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'

/** After this time the short locks of the fixture have expired, and the long ones have not. */
const dayMs = 24 * 60 * 60 * 1000
const fixtures = join(import.meta.dirname, 'fixtures')

interface Upgraded {
  readonly store: Store
  /** For `headlock verify`. */
  readonly flags: readonly string[]
}

/** Takes what the release left behind and opens it with this version. */
const kinds: Record<string, (t: TestContext, release: string, clock: ManualClock) => Promise<Upgraded>> = {
  async sqlite(t, release, clock) {
    const directory = await temporaryDirectory(t)
    const file = join(directory, 'headlock.sqlite')
    await copyFile(join(fixtures, release, 'headlock.sqlite'), file)
    await chmod(file, 0o600)
    return { store: await openSqliteStore({ directory, clock }), flags: ['--data', directory] }
  },
  async postgres(t, release, clock) {
    const database = await temporaryDatabase(t)
    const url = new URL(database)
    const schema = url.searchParams.get('schema')!
    url.search = ''
    const client = new Client({ connectionString: url.href })
    await client.connect()
    await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`)
    await client.query(await readFile(join(fixtures, release, 'postgres.sql'), 'utf8'))
    await client.end()
    const store = await openPostgresStore({ url: url.href, schema, clock, connectionsMax: 4 })
    return { store, flags: ['--store', database] }
  },
}

async function serve(t: TestContext, store: Store, clock: ManualClock): Promise<string> {
  const options = {
    rateLimits: 'off',
    publicUrl: null,
    trustedProxies: null,
    browsers: defaultBrowserOptions(),
    tls: undefined,
    version: '0.0.0',
    now: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
  } as const
  const app = await buildServer({ store, options, logger: pino({ level: 'silent' }) })
  t.after(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** The time at which the release was asked, or a moment before: every lock is alive. */
function lastChangeIn(answers: Released['answers']): number {
  const { items } = answers[queuesPath] as { items: readonly { modifiedAt: string }[] }
  return Math.max(...items.map(({ modifiedAt }) => Date.parse(modifiedAt)))
}

/** That release took titles of any length; answers now show their first 200 characters (docs/api-details.md). */
function withShownTitles(list: unknown): unknown {
  const { items, ...rest } = list as { items: readonly { title?: string }[] }
  const shown = (title: string) => [...title].slice(0, 200).join('')
  return {
    ...rest,
    items: items.map((item) => (item.title === undefined ? item : { ...item, title: shown(item.title) })),
  }
}

/** That release answered with lone surrogates as they came; an answer now has U+FFFD in their place. */
function wellFormed(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (_name, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
}

const keysOf = (answer: unknown) => (answer as Items).items.map(({ uniqueKey }) => uniqueKey)

for (const [kind, open] of Object.entries(kinds)) {
  describe(`from 363918f: ${kind}`, () => {
    test('everything is as it was, and is handed out in its order', async (t) => {
      const release = '363918f'
      const text = await readFile(join(fixtures, release, `${kind}.json`), 'utf8')
      const { token, runToken, readOnlyToken, queueId, keysInOrder, answers } = JSON.parse(text) as Released
      const clock = new ManualClock(lastChangeIn(answers))
      const { store, flags } = await open(t, release, clock)
      const url = await serve(t, store, clock)
      t.after(() => store.close())
      const queue = `/request-queues/${queueId}`
      assert.deepEqual(await store.check(), [])

      assert.deepEqual(await ask(url, token, 'GET', queuesPath), withShownTitles(answers[queuesPath]))
      for (const [path, answer] of Object.entries(answers)) {
        if (path === queuesPath) continue
        assert.deepEqual(await ask(url, token, 'GET', path), wellFormed(answer), path)
      }

      for (const other of [runToken, readOnlyToken]) {
        assert.deepEqual(await ask(url, other, 'GET', '/users/me'), answers['/users/me'])
      }
      await assert.rejects(ask(url, readOnlyToken, 'POST', '/request-queues'), /: 403 /)
      const runs = (await store.listTokens()).map(({ label, runId, readOnly }) => [label, runId, readOnly])
      assert.deepEqual(
        runs.filter(([, runId, readOnly]) => runId !== null || readOnly),
        [
          ['of a run', 'run-1', false],
          [null, null, true],
        ],
      )

      clock.advance(dayMs)
      // Those whose lock ran out are free again; the others are unavailable.
      const locked = await ask(url, token, 'GET', `${queue}/requests?filter=locked`)
      assert.deepEqual(keysOf(locked).sort(), ['long-1', 'long-2', 'of-run'])
      const pending = await ask(url, token, 'GET', `${queue}/requests?filter=pending`)
      assert.deepEqual(keysOf(pending).sort(), [...keysInOrder].sort())
      assert.deepEqual(keysOf(await ask(url, token, 'GET', `${queue}/head?limit=100`)), keysInOrder)

      const requestOf = new Map(
        (answers[`${queue}/requests`] as Items).items.map((request) => [request.uniqueKey, request.id]),
      )
      const lockOf = (key: string) => `${queue}/requests/${requestOf.get(key)}/lock`
      await assert.rejects(ask(url, token, 'DELETE', `${lockOf('long-1')}?clientKey=next`), /: 40\d /)
      await ask(url, token, 'DELETE', `${lockOf('long-1')}?clientKey=client-one&forefront=true`)
      await ask(url, runToken, 'PUT', `${lockOf('of-run')}?clientKey=other-of-run&lockSecs=60`)
      const head = await ask(url, token, 'POST', `${queue}/head/lock?limit=25&lockSecs=60&clientKey=next`)
      assert.deepEqual(keysOf(head), ['long-1', ...keysInOrder])

      // Once those are gone, only locks that the release gave are left.
      for (const { id } of (head as Items).items) {
        await ask(url, token, 'DELETE', `${queue}/requests/${id}?clientKey=next`)
      }
      const rest = await ask(url, token, 'POST', `${queue}/head/lock?limit=25&lockSecs=60&clientKey=next`)
      assert.deepEqual(keysOf(rest), [])
      assert.equal((rest as { queueHasLockedRequests: boolean }).queueHasLockedRequests, true)

      // A new queue comes after the existing ones, and has no rows of the deleted one.
      const added = (await ask(url, token, 'POST', '/request-queues?name=deleted')) as { id: string }
      assert.deepEqual(keysOf(await ask(url, token, 'GET', `/request-queues/${added.id}/requests`)), [])

      assert.deepEqual(await store.check(), [])
      await store.close()
      const { code, stdout, stderr } = await runCommand(['verify', ...flags])
      assert.equal(code, 0, stdout + stderr)
    })
  })
}
