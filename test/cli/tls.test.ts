/** A server that does TLS itself, and reads its certificate again on SIGHUP. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { named, one, other, type TestCertificate } from '../../harness/certificates.ts'
import { HttpsCaller } from '../../harness/https-calls.ts'
import { runCommand, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'

/** More than one thread there is on Linux alone. */
const threadCounts = process.platform === 'linux' ? ['1', '3'] : ['1']
/** Enough connections for each of three threads to get some. */
const connectionCount = 16

class Files {
  readonly flags: readonly string[]
  readonly #cert: string
  readonly #key: string

  constructor(directory: string) {
    this.#cert = join(directory, 'cert.pem')
    this.#key = join(directory, 'key.pem')
    this.flags = ['--tls-cert', this.#cert, '--tls-key', this.#key]
  }

  /** As a tool that renews them does: each file is the old one or the new one. */
  async write({ cert, key }: TestCertificate): Promise<void> {
    for (const [file, text] of [
      [this.#cert, cert],
      [this.#key, key],
    ] as const) {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    }
  }
}

async function makeFiles(t: TestContext, certificate: TestCertificate): Promise<Files> {
  const files = new Files(await temporaryDirectory(t))
  await files.write(certificate)
  return files
}

function caller(t: TestContext, { cert }: TestCertificate): HttpsCaller {
  const calls = new HttpsCaller(cert)
  t.after(() => calls.close())
  return calls
}

/** Whether a number of new connections all see this certificate. */
async function allSee(t: TestContext, url: string, certificate: TestCertificate): Promise<void> {
  const calls = Array.from({ length: connectionCount }, () => caller(t, certificate).call(`${url}/health`))
  for (const { status } of await Promise.all(calls)) assert.equal(status, 200)
}

describe('headlock serve with TLS of its own', { concurrency: 2 }, () => {
  for (const threads of threadCounts) {
    test(`answers by HTTPS, and takes another certificate on SIGHUP, with ${threads} threads`, async (t) => {
      const files = await makeFiles(t, one)
      const flags = [...files.flags, '--threads', threads]
      const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
      const { url, firstToken: token } = server
      assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)

      const kept = Array.from({ length: connectionCount }, () => caller(t, one))
      const me = (calls: HttpsCaller) => calls.call(`${url}/v2/users/me`, { token })
      const before = await Promise.all(kept.map(me))
      const made = await kept[0]!.call(`${url}/v2/request-queues`, { method: 'POST', token })
      assert.ok(JSON.parse(made.text).data.consoleUrl.startsWith(`${url}/console/`))
      assert.equal(made.headers.location, `${url}/v2/request-queues/${JSON.parse(made.text).data.id}`)

      await files.write(other)
      server.signal('SIGHUP')
      await server.hasPrinted(/"subject":"CN=Headlock test other"/)
      await allSee(t, url, other)
      const after = await Promise.all(kept.map(me))
      assert.deepEqual(
        after.map(({ status, callerPort }) => [status, callerPort]),
        before.map(({ callerPort }) => [200, callerPort]),
        'no connection was dropped',
      )
      await assert.rejects(caller(t, one).call(`${url}/health`), 'the old one is not shown any more')

      const ended = await server.stop()
      assert.equal(ended.code, 0)
      assert.equal(ended.stderr, '')
    })
  }

  test('a reload that fails keeps the old certificate and says why, and the next one works', async (t) => {
    const files = await makeFiles(t, one)
    const server = await startServerProcess(t, await temporaryDirectory(t), {
      flags: [...files.flags, '--threads', threadCounts.at(-1)!],
    })
    await files.write({ cert: other.cert, key: one.key })
    server.signal('SIGHUP')
    await server.hasPrinted(
      /"level":50,.*the certificate was not reloaded, and the old one stays in use: The private key \S+ \(--tls-key\) does not belong/,
    )
    await allSee(t, server.url, one)
    await files.write(other)
    server.signal('SIGHUP')
    await server.hasPrinted(/"subject":"CN=Headlock test other"/)
    await allSee(t, server.url, other)
  })

  test('a call that is under way when it reloads is answered', async (t) => {
    const files = await makeFiles(t, one)
    const flags = [...files.flags, '--threads', '1']
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
    const calls = caller(t, one)
    const { firstToken: token, url } = server
    await calls.call(`${url}/v2/request-queues?name=a`, { method: 'POST', token })
    const body = JSON.stringify(
      Array.from({ length: 25 }, (_, index) => ({ url: 'https://example.com/', uniqueKey: `${index}` })),
    )
    let reloads = 0
    for (let round = 0; round < 20; round++) {
      if (round % 5 === 0) {
        await files.write(round % 2 === 0 ? other : one)
        server.signal('SIGHUP')
        reloads++
      }
      const path = '/v2/request-queues/~a/requests/batch'
      assert.equal((await calls.call(url + path, { method: 'POST', token, body })).status, 201)
    }
    await server.hasPrinted(new RegExp(`(the certificate for TLS is in use[\\s\\S]*){${reloads}}`))
  })

  test('stops at once beside a connection that never began to speak TLS, and an idle one', async (t) => {
    const files = await makeFiles(t, one)
    for (const threads of threadCounts) {
      const flags = [...files.flags, '--threads', threads]
      const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
      const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
      t.after(() => silent.destroy())
      await once(silent, 'connect')
      await caller(t, one).call(`${server.url}/health`)
      const cut = once(silent, 'close')
      silent.resume()
      assert.equal((await server.stop()).code, 0)
      await cut
    }
  })

  test('plain HTTP on its port is cut off, and disturbs nobody', async (t) => {
    const files = await makeFiles(t, one)
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags: files.flags })
    await assert.rejects(fetch(server.url.replace('https:', 'http:')))
    await allSee(t, server.url, one)
    const { stdout, stderr } = await server.stop()
    assert.doesNotMatch(stdout, /"level":[56]0/)
    assert.equal(stderr, '')
  })

  test('needs nothing else to be reached by other machines, and gives the name of its certificate', async (t) => {
    const files = await makeFiles(t, named)
    const flags = [...files.flags, '--host', '0.0.0.0']
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
    assert.match(server.url, /^https:\/\/queues\.example\.com:\d+$/)
    assert.doesNotMatch(server.stdout, /WARNING/)
    assert.match(server.stdout, /^Other machines reach the server at these addresses:$/m)
  })

  test('ends when its files are no good, before it touches anything', async (t) => {
    const directory = await temporaryDirectory(t)
    const serve = (...flags: string[]) =>
      runCommand(['serve', '--port', '0', '--data', join(directory, 'data'), ...flags])
    const files = await makeFiles(t, { cert: one.cert, key: other.key })
    const mismatch = await serve(...files.flags)
    assert.equal(mismatch.code, 1)
    assert.match(
      mismatch.stderr,
      /^The private key \S+key\.pem \(--tls-key\) does not belong to the certificate \S+cert\.pem\. Name the private key with which that certificate was requested\.\n$/,
    )
    const half = await serve('--tls-key', 'key.pem')
    assert.equal(half.code, 2)
    assert.equal(
      half.stderr,
      '--tls-key was given without --tls-cert. Name the file with the certificate too, or leave out both.\n',
    )
    assert.deepEqual(await readdir(directory), [])
  })
})
