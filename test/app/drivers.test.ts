/** What differs from one kind of store to the other, as the commands see it. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runCommand, temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { parseAddress } from '../../src/app/config/store-choice.ts'
import { driverAt, driverOf } from '../../src/app/drivers/driver-of.ts'
import { UsageError } from '../../src/domain/operator-error.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const postgres = driverAt({ kind: 'postgres', url: 'postgres://jane:hunter2@db/queues', schema: 'crawls' })

function identityOf(address: string): string {
  return driverAt(parseAddress(address)!).identity
}

/** Ends a process that loads a module whose name matches. */
function refusing(name: RegExp): Record<string, string> {
  const script =
    "import { registerHooks } from 'node:module'; registerHooks({ resolve(name, context, next) { " +
    `if (${name}.test(name)) throw new Error(name + ' was loaded'); return next(name, context) } })`
  return {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script).replaceAll("'", '%27')}`,
  }
}

describe('the driver of a store', () => {
  test('shows no password, and names the store to other commands', async (t) => {
    assert.equal(postgres.place, 'the PostgreSQL database queues at db:5432, schema crawls')
    assert.equal(postgres.address, 'postgres://jane@db/queues?schema=crawls')
    assert.deepEqual(postgres.flag, { name: '--store', value: 'postgres://jane:***@db/queues?schema=crawls' })
    const directory = await temporaryDirectory(t)
    const sqlite = driverOf({ store: { kind: 'sqlite' }, dataDirectory: directory })
    assert.equal(sqlite.place, directory)
    assert.equal(sqlite.address, `sqlite:${directory}`)
    assert.deepEqual(sqlite.flag, { name: '--data', value: directory })
    assert.equal(driverAt(parseAddress('sqlite:./headlock-data')!).flag, null)
  })

  test('recognizes a store by two different addresses', async (t) => {
    const directory = await temporaryDirectory(t)
    const link = join(await temporaryDirectory(t), 'link')
    symlinkSync(directory, link)
    assert.equal(identityOf(`sqlite:${link}`), identityOf(`sqlite:${directory}`))
    assert.equal(
      identityOf('postgres://a@host/db'),
      identityOf('postgresql://b@host:5432/db?schema=headlock'),
    )
    assert.notEqual(identityOf('postgres://host/db'), identityOf('postgres://host/db?schema=other'))
    assert.notEqual(identityOf('sqlite:a'), identityOf('sqlite:b'))
  })

  test('refuses what the store has other tools for, and names them', async () => {
    const sqlite = driverAt({ kind: 'sqlite', directory: 'nowhere' })
    const quiet = { onProgress: () => {}, onBegun: () => {}, onTightened: () => {} }
    const refused: [Promise<unknown>, RegExp][] = [
      [sqlite.migrate(), /with --store postgres:/],
      [postgres.backUp({ file: 'f', overwrite: false, ...quiet }), /such as pg_dump\.$/],
      [
        postgres.restore({ file: 'f', repair: false, revokeTokens: false, ...quiet }),
        /such as pg_restore\.$/,
      ],
    ]
    for (const [call, advice] of refused) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof UsageError)
        assert.match(error.advice, advice)
        return true
      })
    }
  })

  test('of a data directory never loads the driver of PostgreSQL, and that of PostgreSQL never the embedded store', async (t) => {
    const directory = await temporaryDirectory(t)
    await (await openSqliteStore({ directory })).close()
    const verified = await runCommand(['verify', '--data', directory], { environment: refusing(/^pg$/) })
    assert.equal(verified.code, 0, verified.stderr)
    const store = ['--store', await temporaryDatabase(t)]
    const environment = refusing(/sqlite\/(store|accounts)\.ts$/)
    for (const args of [['migrate'], ['token', 'list'], ['verify']]) {
      const ended = await runCommand([...args, ...store], { environment })
      assert.equal(ended.code, 0, ended.stderr)
    }
    // The hook works at all.
    const wrong = await runCommand(['migrate', ...store], { environment: refusing(/^pg$/) })
    assert.match(wrong.stderr, /pg was loaded/)
  })
})
