import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import type { Answer } from '../../harness/fuzz/answer-reader.ts'
import { RawConnection } from '../../harness/fuzz/raw-connection.ts'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import { tokenHashOf } from '../../src/domain/token.ts'
import type { AdmissionLimits } from '../../src/http/overload/admission.ts'
import { requestListBytesMax } from '../../src/http/overload/answer-size.ts'
import { buildServer } from '../../src/http/server.ts'
import type { Store } from '../../src/store/store.ts'

const timeoutMs = 20_000
const token = 'a-token-of-the-tests'

/** A server with these limits, whose store a test can hold at its additions and lists. */
class Scene {
  port = 0
  queue = ''
  readonly log: string[] = []
  /** Additions and lists that wait, oldest first; each is let go by calling it. */
  readonly held: (() => void)[] = []
  isHolding = false
  /** Lists that the store was asked for. */
  listCount = 0
  readonly #connections = new Set<Socket>()
  #arrived: () => void = () => {}

  around(store: Store): Store {
    return {
      ...store,
      addRequests: async (ask) => {
        await this.#hold()
        return store.addRequests(ask)
      },
      listRequests: async (ask) => {
        this.listCount++
        await this.#hold()
        return store.listRequests(ask)
      },
    }
  }

  watch(server: Server): void {
    server.on('connection', (connection: Socket) => {
      this.#connections.add(connection)
      connection.once('close', () => this.#connections.delete(connection))
    })
  }

  /** Resolves when the server has at most `count` connections left. */
  async connectionCount(count: number): Promise<void> {
    while (this.#connections.size > count)
      await Promise.race([...this.#connections].map((connection) => once(connection, 'close')))
  }

  async #hold(): Promise<void> {
    if (!this.isHolding) return
    await new Promise<void>((release) => {
      this.held.push(release)
      this.#arrived()
    })
  }

  async heldCount(count: number): Promise<void> {
    while (this.held.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  release(): void {
    this.isHolding = false
    for (const release of this.held.splice(0)) release()
  }

  head(method: string, path: string, more = ''): Buffer {
    return Buffer.from(
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`,
    )
  }

  /** An add with a payload that gives its body this length. */
  add(uniqueKey: string, bytes = 0): Buffer {
    const body = JSON.stringify({ url: 'https://example.com/', uniqueKey, payload: 'p'.repeat(bytes) })
    const head = this.head(
      'POST',
      `${this.queue}/requests`,
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`,
    )
    return Buffer.concat([head, Buffer.from(body)])
  }

  async say(bytes: Buffer, connection = new RawConnection(this.port)): Promise<Answer> {
    connection.send(bytes)
    const answer = await connection.answer('POST', timeoutMs)
    assert.ok(answer !== null)
    return answer
  }
}

function admissionTest(
  name: string,
  admission: AdmissionLimits,
  body: (scene: Scene) => Promise<void>,
): void {
  test(name, async () => {
    const { store, discard } = await openTemporarySqliteStore()
    const { id: userId } = await store.ensureUser({ username: 'tester' })
    await store.createToken({
      userId,
      tokenHash: tokenHashOf(token),
      label: null,
      runId: null,
      readOnly: false,
    })
    const { queue } = await store.getOrCreateQueue({ userId, name: null })
    const scene = new Scene()
    const app = await buildServer({
      store: scene.around(store),
      options: {
        rateLimits: 'off',
        publicUrl: null,
        version: '0.0.0',
        now: () => performance.now(),
        admission,
      },
      logger: pino({ level: 'warn' }, { write: (line: string) => scene.log.push(line) }),
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    scene.watch(app.server)
    scene.port = (app.server.address() as { port: number }).port
    scene.queue = `/v2/request-queues/${queue.id}`
    try {
      await body(scene)
      assert.deepEqual(await store.check(), [])
    } finally {
      scene.release()
      const closed = app.close()
      app.server.closeAllConnections()
      await closed
      await discard()
    }
  })
}

function assertRefused({ status, headers, body, closes }: Answer, problem: RegExp): void {
  assert.equal(status, 503)
  assert.equal(headers.get('retry-after'), '1')
  assert.ok(Number(headers.get('x-ratelimit-limit')) > 0)
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(JSON.parse(body.toString()).error.type, 'internal-server-error')
  assert.match(body.toString(), problem)
  assert.equal(closes, false, 'the connection can be used again')
}

const plenty = 1_000_000_000

admissionTest(
  'a thread that is busy refuses what comes, before its body does, and takes calls again at once',
  { callsMax: 2, largeBytesMax: plenty },
  async (scene) => {
    scene.isHolding = true
    const first = scene.say(scene.add('a'))
    const second = scene.say(scene.add('b'))
    await scene.heldCount(2)
    const connection = new RawConnection(scene.port)
    const head = scene.head(
      'POST',
      `${scene.queue}/requests`,
      'Content-Type: application/json\r\nContent-Length: 20\r\n',
    )
    assertRefused(await scene.say(head, connection), /2 calls are under way already/)
    // The body arrives after all, and is not taken for a call.
    connection.send(Buffer.from('{"a":"1234567890ab"}'))
    assertRefused(await scene.say(scene.head('GET', scene.queue), connection), /under way/)
    for (const path of [
      '/health',
      '/ready',
      '/ready/',
      '/health?from=balancer',
      '/health/?a',
      'http://x/health',
    ])
      assert.equal((await scene.say(scene.head('GET', path))).status, 200)
    scene.release()
    assert.deepEqual([(await first).status, (await second).status], [201, 201])
    assert.equal((await scene.say(scene.add('c'), connection)).status, 201)
    // One line reports it, however many calls there are.
    assert.equal(scene.log.length, 1)
    assert.match(scene.log[0]!, /"refused":1,"underWay":2,.*too many calls/)
  },
)

admissionTest(
  'callers that are slow with their bodies keep nobody out, and wait no less than others when they are there',
  { callsMax: 2, largeBytesMax: plenty },
  async (scene) => {
    const call = scene.add('slow')
    const connections = Array.from({ length: 20 }, () => new RawConnection(scene.port))
    for (const connection of connections) connection.send(call.subarray(0, -1))
    assert.equal((await scene.say(scene.add('a'))).status, 201)
    scene.isHolding = true
    const first = scene.say(scene.add('b'))
    const second = scene.say(scene.add('c'))
    await scene.heldCount(2)
    assertRefused(await scene.say(call.subarray(-1), connections[0]!), /under way/)
    scene.release()
    await Promise.all([first, second])
    assert.equal((await scene.say(call.subarray(-1), connections[1]!)).status, 201)
    for (const connection of connections) connection.close()
  },
)

admissionTest(
  'large bodies are refused when there are too many in memory; small ones are not',
  { callsMax: 100, largeBytesMax: 1_000_000 },
  async (scene) => {
    scene.isHolding = true
    const first = scene.say(scene.add('a', 900_000))
    await scene.heldCount(1)
    const connection = new RawConnection(scene.port)
    const large = scene.add('b', 900_000)
    // Its head is enough.
    assertRefused(await scene.say(large.subarray(0, 300), connection), /too much in memory/)
    connection.close()
    const chunked = new RawConnection(scene.port)
    const head = scene.head(
      'POST',
      `${scene.queue}/requests`,
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
    )
    const chunk = Buffer.concat([Buffer.from('30000\r\n'), Buffer.alloc(0x30000, ' '), Buffer.from('\r\n')])
    assertRefused(await scene.say(Buffer.concat([head, chunk]), chunked), /too much in memory/)
    chunked.send(Buffer.from('0\r\n\r\n'))
    assert.equal((await scene.say(scene.head('GET', scene.queue), chunked)).status, 200)
    const small = scene.say(scene.add('c', 10_000))
    await scene.heldCount(2)
    scene.release()
    assert.deepEqual([(await first).status, (await small).status], [201, 201])
    assert.equal((await scene.say(large)).status, 201)
  },
)

admissionTest(
  'what calls hold that wait before a CONNECT is given back when their caller has gone',
  { callsMax: 100, largeBytesMax: 1_000_000 },
  async (scene) => {
    scene.isHolding = true
    const gone = new RawConnection(scene.port)
    const behind = scene.add('b', 400_000)
    gone.send(Buffer.concat([scene.add('a', 400_000), behind, Buffer.from('CONNECT a:1 HTTP/1.1\r\n\r\n')]))
    await scene.heldCount(2)
    gone.close()
    await scene.connectionCount(0)
    scene.release()
    assert.equal((await scene.say(scene.add('c', 900_000))).status, 201)
  },
)

admissionTest(
  'a list that its caller does not take counts as long as it is in memory',
  { callsMax: 100, largeBytesMax: 12_000_000 },
  async (scene) => {
    for (const uniqueKey of ['a', 'b'])
      assert.equal((await scene.say(scene.add(uniqueKey, 8_000_000))).status, 201)
    const list = scene.head('GET', `${scene.queue}/requests`)
    const slow = connect(scene.port, '127.0.0.1')
    slow.pause()
    slow.write(list)
    await once(slow, 'readable')
    assertRefused(await scene.say(list), /too much in memory/)
    assert.equal((await scene.say(scene.head('GET', scene.queue))).status, 200)
    slow.destroy()
    // That it is gone the server hears of in its own time.
    let status = 503
    for (let tries = 0; status === 503 && tries < 1000; tries++) status = (await scene.say(list)).status
    assert.equal(status, 200)
  },
)

admissionTest(
  'head/lock hands out what there is room for, gives back the other locks, and is refused where there is none',
  { callsMax: 100, largeBytesMax: 3_000_000 },
  async (scene) => {
    const url = `https://example.com/${'x'.repeat(1_000_000)}`
    const keys = ['a', 'b', 'c']
    for (const uniqueKey of keys) {
      const body = JSON.stringify({ url, uniqueKey })
      const type = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
      const head = scene.head('POST', `${scene.queue}/requests`, type)
      assert.equal((await scene.say(Buffer.concat([head, Buffer.from(body)]))).status, 201)
    }
    const lock = async (path = 'head/lock?lockSecs=60&clientKey=a') => {
      const answer = await scene.say(scene.head('POST', `${scene.queue}/${path}`))
      return JSON.parse(answer.body.toString()).data.items as { uniqueKey: string; url: string }[]
    }
    const taken: string[] = []
    // That locks were given back the next call may learn a moment later.
    for (let tries = 0; taken.length < 3 && tries < 1000; tries++) {
      const items = await lock()
      assert.ok(items.length <= 1)
      for (const item of items) {
        assert.equal(item.url, url)
        taken.push(item.uniqueKey)
      }
    }
    assert.deepEqual(taken, keys)
    assert.equal(
      (await scene.say(scene.head('POST', `${scene.queue}/requests/unlock?clientKey=a`))).status,
      200,
    )

    scene.isHolding = true
    const held = scene.say(scene.add('large', 2_500_000))
    await scene.heldCount(1)
    const refused = await scene.say(scene.head('POST', `${scene.queue}/head/lock?lockSecs=60&clientKey=a`))
    assertRefused(refused, /too much in memory/)
    scene.release()
    assert.equal((await held).status, 201)
    let items = await lock()
    for (let tries = 0; items.length === 0 && tries < 1000; tries++) items = await lock()
    assert.equal(items[0]!.uniqueKey, 'a')
  },
)

admissionTest(
  'a list whose caller has gone away while it waited for its turn is not made',
  // Of eight lists.
  { callsMax: 100, largeBytesMax: 8 * requestListBytesMax },
  async (scene) => {
    const list = scene.head('GET', `${scene.queue}/requests`)
    scene.isHolding = true
    const made = Array.from({ length: 8 }, () => scene.say(list))
    await scene.heldCount(8)
    const gone = Array.from({ length: 5 }, () => new RawConnection(scene.port))
    for (const connection of gone) connection.send(list)
    const patient = scene.say(list)
    for (const connection of gone) await connection.opened
    // The answers after them on the same path show that they have arrived.
    assert.equal((await scene.say(scene.head('GET', scene.queue))).status, 200)
    for (const connection of gone) connection.close()
    await scene.connectionCount(8 + 1 + 1)
    scene.release()
    for (const { status } of await Promise.all([...made, patient])) assert.equal(status, 200)
    assert.equal(scene.listCount, 9)
    assert.deepEqual(scene.log, [])
  },
)
