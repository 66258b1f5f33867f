/**
 * Makes a fixture of `test/upgrade/`: what a released version keeps, and what it answered about it.
 *
 *     git worktree add ../released <revision>, and `npm ci` there
 *     node harness/upgrade/make-fixture.ts ../released sqlite test/upgrade/fixtures/<revision>
 *     node harness/upgrade/make-fixture.ts ../released postgres test/upgrade/fixtures/<revision>
 *
 * It speaks to that version by command line and HTTP alone, so that it works for every later one too. PostgreSQL is dumped
 * as SQL: the migrations of that version, then the rows.
 */
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { PostgresServer } from '../postgres-server.ts'
import { fillReleased } from './fill.ts'

const [checkout, kind, target] = process.argv.slice(2)
if (checkout === undefined || target === undefined || (kind !== 'sqlite' && kind !== 'postgres')) {
  console.error('Usage: node harness/upgrade/make-fixture.ts <CHECKOUT> sqlite|postgres <DIRECTORY>')
  process.exit(2)
}
const main = resolve(checkout, 'src/main.ts')
const directory = mkdtempSync(join(tmpdir(), 'headlock-fixture-'))
const postgres = kind === 'postgres' ? await PostgresServer.start() : null
const environment = {
  PATH: process.env['PATH'],
  HEADLOCK_DATA: directory,
  HEADLOCK_STORE: postgres?.url ?? 'sqlite',
  HEADLOCK_TOKEN: 'token-of-the-upgrade-fixture',
}
try {
  const server = spawn(process.execPath, [main, 'serve', '--port', '0'], { env: environment })
  const ended = new Promise((done) => server.once('exit', done))
  const url = await new Promise<string>((done) => {
    let output = ''
    server.stdout.on('data', (chunk) => {
      output += chunk
      const ready = / is ready at (\S+)\n/.exec(output)
      if (ready !== null) done(ready[1]!)
    })
  })
  const makeToken = async (...flags: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'token', 'create', ...flags], {
      env: environment,
    })
    return stdout.trim()
  }
  const answers = await fillReleased(url, environment.HEADLOCK_TOKEN, makeToken)
  server.kill('SIGTERM')
  await ended
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, `${kind}.json`), `${JSON.stringify(answers, null, 2)}\n`)
  if (postgres === null) copyFileSync(join(directory, 'headlock.sqlite'), join(target, 'headlock.sqlite'))
  else writeFileSync(join(target, 'postgres.sql'), await dump(postgres.url))
} finally {
  await postgres?.discard()
  rmSync(directory, { recursive: true, force: true })
}

async function dump(url: string): Promise<string> {
  const statements: string[] = []
  const folder = resolve(checkout!, 'src/store/postgres/migrations')
  const files = globSync('[0-9]*.ts', { cwd: folder }).sort()
  for (const file of files) statements.push((await import(join(folder, file))).sql.trim())
  statements.push(
    'CREATE TABLE schema_version (version integer NOT NULL);',
    `INSERT INTO schema_version VALUES (${files.length});`,
  )
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ schema: string }>(
    "SELECT schemaname AS schema FROM pg_tables WHERE tablename = 'schema_version'",
  )
  await client.query(`SET search_path TO ${client.escapeIdentifier(rows[0]!.schema)}`)
  for (const table of ['users', 'tokens', 'queue_names', 'queues', 'requests', 'purges']) {
    const { rows: lines } = await client.query<{ line: string }>(
      `SELECT to_json(t)::text AS line FROM ${table} t ORDER BY 1`,
    )
    for (const { line } of lines) {
      const row = client.escapeLiteral(line)
      statements.push(`INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, ${row});`)
    }
  }
  const { rows: numbers } = await client.query<{ last: string }>(
    'SELECT last_value AS last FROM queue_numbers',
  )
  statements.push(`SELECT setval('queue_numbers', ${numbers[0]!.last});`)
  await client.end()
  return `${statements.join('\n')}\n`
}
