import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import {
  runCommand,
  type ServerProcess,
  startServerProcess,
  temporaryDirectory,
} from '../../harness/server-process.ts'

async function createToken(directory: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['token', 'create', '--data', directory, ...flags])
  assert.equal(code, 0, stderr)
  return stdout.trimEnd()
}

/** The rows of the list, each by its heading. */
async function listTokens(directory: string): Promise<Record<string, string>[]> {
  const { code, stdout, stderr } = await runCommand(['token', 'list', '--data', directory])
  assert.equal(code, 0, stderr)
  const [headings = [], ...rows] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  return rows.map((row) => Object.fromEntries(headings.map((heading, column) => [heading, row[column]!])))
}

async function startServer(t: TestContext): Promise<{ server: ServerProcess; directory: string }> {
  const directory = await temporaryDirectory(t)
  return { server: await startServerProcess(t, directory), directory }
}

describe('headlock token create', { concurrency: 4 }, () => {
  test('prints the token alone on standard output, and it is valid at once', async (t) => {
    const { server, directory } = await startServer(t)
    const { code, stdout, stderr } = await runCommand(['token', 'create', '--data', directory])
    assert.equal(code, 0)
    assert.match(stdout, /^headlock_[A-Za-z0-9]{36}\n$/)
    assert.match(stderr, /^A token for headlock, ID [A-Za-z0-9]{17}\. It is shown only now/)
    assert.equal((await server.call('/v2/users/me', { token: stdout.trim() })).status, 200)
  })

  test('--read-only makes one that changes nothing', async (t) => {
    const { server, directory } = await startServer(t)
    const token = await createToken(directory, '--read-only')
    assert.equal((await server.call('/v2/request-queues', { token })).status, 200)
    assert.equal((await server.call('/v2/request-queues?name=q', { token, method: 'POST' })).status, 403)
  })

  test('--run makes clients of one run, which may act on the locks of each other', async (t) => {
    const { server, directory } = await startServer(t)
    const [mine, ours, theirs] = await Promise.all(
      ['run-1', 'run-1', 'run-2'].map((run) => createToken(directory, '--run', run)),
    )
    const queue = '/v2/request-queues/~shared'
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey: 'home' })
    await server.call('/v2/request-queues?name=shared', { method: 'POST' })
    await server.call(`${queue}/requests`, { method: 'POST', body })
    const locked = await server.call(`${queue}/head/lock?lockSecs=60`, { method: 'POST', token: mine! })
    const { data } = (await locked.json()) as { data: { items: { id: string }[] } }
    const lock = `${queue}/requests/${data.items[0]?.id}/lock?lockSecs=60`

    assert.equal((await server.call(lock, { method: 'PUT', token: theirs! })).status, 403)
    assert.equal((await server.call(lock, { method: 'PUT', token: ours! })).status, 200)
  })

  test('works before and after the server as well', async (t) => {
    const { server, directory } = await startServer(t)
    await server.stop()
    const token = await createToken(directory)
    const next = await startServerProcess(t, directory)
    assert.equal((await next.call('/v2/users/me', { token })).status, 200)
  })

  test('refuses a directory without a database, and makes none', async (t) => {
    const directory = await temporaryDirectory(t)
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code, stderr } = await runCommand(['token', 'create', '--data', directory])
      assert.equal(code, 1)
      assert.ok(stderr.startsWith(`There is no Headlock database in ${directory}.`), stderr)
    }
  })

  test('refuses a user that does not exist', async (t) => {
    const { directory } = await startServer(t)
    const { code, stderr } = await runCommand(['token', 'create', '--data', directory, '--username', 'jane'])
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`There is no user jane in ${directory}.`), stderr)
  })

  test('refuses bad values, each with its name and what is allowed', async () => {
    const { code, stderr } = await runCommand(['token', 'create', '--run', 'a b', '--label', ' '])
    assert.equal(code, 2)
    assert.match(stderr, /^--run was given "a b". Allowed are /m)
    assert.match(stderr, /^--label was given " ". Allowed are /m)
    const reserved = await runCommand(['token', 'create', '--label', 'HEADLOCK_TOKEN'])
    assert.equal(reserved.code, 2)
    const unknown = await runCommand(['token', 'create', '--readonly'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /unknown option '--readonly'[\s\S]*--read-only/)
  })
})

describe('headlock token list', { concurrency: 4 }, () => {
  test('shows the properties of each token, never the token', async (t) => {
    const { server, directory } = await startServer(t)
    const token = await createToken(
      directory,
      '--run',
      'run-1',
      '--read-only',
      '--label',
      'for the nightly crawl',
    )
    const tokens = await listTokens(directory)
    assert.deepEqual(
      tokens.map(({ RIGHTS, RUN, LABEL }) => ({ RIGHTS, RUN, LABEL })),
      [
        { RIGHTS: 'all', RUN: '-', LABEL: 'first token' },
        { RIGHTS: 'read-only', RUN: 'run-1', LABEL: 'for the nightly crawl' },
      ],
    )
    for (const { ID, CREATED } of tokens) {
      assert.match(ID!, /^[A-Za-z0-9]{17}$/)
      assert.match(CREATED!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    const text = JSON.stringify(tokens)
    assert.ok(!text.includes(token) && !text.includes(server.firstToken!))
  })

  test('says how to make one when there is none', async (t) => {
    const { directory } = await startServer(t)
    const [first] = await listTokens(directory)
    await runCommand(['token', 'revoke', first!['ID']!, '--data', directory])
    const { code, stdout, stderr } = await runCommand(['token', 'list', '--data', directory])
    assert.equal(code, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /^There is no valid token in .*\. ".*token create" creates one\.\n$/)
  })
})

describe('headlock token revoke', { concurrency: 4 }, () => {
  test('makes a token invalid at a running server within a second', async (t) => {
    const { server, directory } = await startServer(t)
    const token = await createToken(directory, '--label', 'to be revoked')
    assert.equal((await server.call('/v2/users/me', { token })).status, 200)
    const found = (await listTokens(directory)).find(({ LABEL }) => LABEL === 'to be revoked')

    const { code, stdout } = await runCommand(['token', 'revoke', found!['ID']!, '--data', directory])
    const revokedAt = performance.now()
    assert.equal(code, 0)
    assert.equal(
      stdout,
      `Token ${found!['ID']} is revoked. A running server stops accepting it within a second.\n`,
    )
    while ((await server.call('/v2/users/me', { token })).status === 200) {
      assert.ok(performance.now() - revokedAt < 3000, 'still valid')
      await setImmediate()
    }
    assert.equal((await server.call('/v2/users/me')).status, 200, 'the other token is as it was')
  })

  test('says so when there is no such token', async (t) => {
    const { server, directory } = await startServer(t)
    const { code, stderr } = await runCommand(['token', 'revoke', server.firstToken!, '--data', directory])
    assert.equal(code, 1)
    assert.match(stderr, /^There is no token with that ID .* The ID is not the token itself\.\n$/)
    assert.ok(!stderr.includes(server.firstToken!))
    assert.equal((await server.call('/v2/users/me')).status, 200)
  })
})
