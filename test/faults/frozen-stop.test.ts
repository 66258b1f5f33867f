/** A server that is asked to stop while its database does not answer ends all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TcpProxy } from '../../harness/proxy.ts'
import { startServerProcess, temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { within } from '../../harness/within.ts'

/** More than one thread there is on Linux alone. */
const threadCounts = process.platform === 'linux' ? ['1', '2'] : ['1']

for (const threads of threadCounts) {
  test(`a server of ${threads} threads ends in spite of a frozen database`, async (t) => {
    const { proxy, url } = await TcpProxy.before(await temporaryDatabase(t))
    t.after(() => proxy.close())
    const flags = ['--store', url, '--threads', threads, '--store-connections', '8']
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags })
    // These calls leave idle connections behind in every thread.
    const calls = Array.from({ length: 40 }, () => server.call('/v2/request-queues'))
    for (const answer of await Promise.all(calls)) {
      assert.equal(answer.status, 200)
      await answer.text()
    }
    proxy.freeze()
    const { code, stdout, stderr } = await within('stopping', server.stop(), () => server.stdout)
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /"msg":"closed"/)
  })
}
