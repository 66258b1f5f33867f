import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/app/config/config.ts'
import { readSettings } from '../../src/app/config/read-config.ts'
import {
  maskedUrl,
  type PostgresChoice,
  parseStore,
  postgresPlace,
} from '../../src/app/config/store-choice.ts'
import { connectionShares } from '../../src/app/drivers/postgres-driver.ts'

function postgres(text: string): PostgresChoice {
  const choice = parseStore(text)
  assert.ok(choice?.kind === 'postgres', text)
  return choice
}

describe('--store', () => {
  test('is sqlite, or the URL of a PostgreSQL', () => {
    assert.deepEqual(parseStore('sqlite'), { kind: 'sqlite' })
    for (const url of [
      'postgres://db',
      'postgresql://db:6432/queues',
      'postgres://jane:p%40ss@db.example.com/queues?sslmode=verify-full&sslrootcert=/etc/ca.pem',
      'postgres://jane@[::1]:5432/queues',
      'postgres://jane@%2Fvar%2Frun%2Fpostgresql/queues',
    ]) {
      assert.deepEqual(parseStore(url), { kind: 'postgres', url, schema: 'headlock' })
    }
  })

  test('takes the schema out of the URL', () => {
    assert.deepEqual(parseStore('postgres://db/queues?schema=crawls_2&sslmode=disable'), {
      kind: 'postgres',
      url: 'postgres://db/queues?sslmode=disable',
      schema: 'crawls_2',
    })
    for (const schema of ['', 'Crawls', 'a-b', 'a,b', 'a b', '2nd', 'pg_catalog', 'x'.repeat(64)]) {
      assert.equal(parseStore(`postgres://db/queues?schema=${encodeURIComponent(schema)}`), undefined, schema)
    }
  })

  test('refuses unknown and contradictory URLs, without showing a password', () => {
    for (const text of [
      'postgres:///queues',
      'postgres://jane:hunter2',
      'postgres://jane:hunter2@/queues',
      'postgres://jane:hunter2@db:99999/queues',
      'postgres://jane:123/hunter2@db/queues',
      'postgres://jane:hunter2%zz@db/queues',
      'postgres://jane:hunter2#1@db/queues',
      'postgres://jane:hunter2/1@db/queues',
      'postgres://jane:hunter2@db/queues?options=-c%20search_path%3Dpublic',
      'postgres://db/queues?password=hunter2',
      'postgres://jane:hunter2@db/queues?sschema=crawls',
      'mysql://jane:hunter2@db/queues',
      'postgres:jane:hunter2@db',
    ]) {
      assert.throws(
        () => readSettings(['store'], { flags: { '--store': text }, environment: {} }),
        (error) => {
          assert.ok(error instanceof ConfigError)
          assert.match(
            error.message,
            /^--store was given "(postgres|mysql):\*\*\*"\. Allowed is sqlite, or postgres:/,
          )
          assert.ok(!error.message.includes('hunter2'), error.message)
          return true
        },
        text,
      )
    }
  })

  test('is shown without its password', () => {
    const choice = postgres('postgres://jane:hunter2@db.example.com:6432/queues?schema=crawls')
    assert.equal(maskedUrl(choice), 'postgres://jane:***@db.example.com:6432/queues?schema=crawls')
    assert.equal(
      postgresPlace(choice),
      'the PostgreSQL database queues at db.example.com:6432, schema crawls',
    )
  })

  test('is shown with the defaults that the URL leaves out', () => {
    assert.equal(maskedUrl(postgres('postgres://jane@db/queues')), 'postgres://jane@db/queues')
    const places = {
      'postgres://jane@db': 'the PostgreSQL database jane at db:5432',
      'postgres://db': 'the PostgreSQL database at db:5432',
      'postgres://[::1]/queues': 'the PostgreSQL database queues at [::1]:5432',
      'postgres://%2Frun%2Fpostgresql/queues': 'the PostgreSQL database queues at /run/postgresql',
    }
    for (const [url, place] of Object.entries(places)) assert.equal(postgresPlace(postgres(url)), place)
  })
})

describe('--store-connections', () => {
  test('is shared among the threads, of which each has at least two', () => {
    assert.equal(connectionShares({ storeConnections: 10, threads: 1 }).main, 10)
    assert.equal(connectionShares({ storeConnections: 1, threads: 1 }).main, 1)
    assert.deepEqual(connectionShares({ storeConnections: 10, threads: 2 }), { main: 2, thread: 4 })
    assert.deepEqual(connectionShares({ storeConnections: 30, threads: 5 }), { main: 2, thread: 5 })
    assert.deepEqual(connectionShares({ storeConnections: 1, threads: 4 }), { main: 2, thread: 2 })
  })
})
