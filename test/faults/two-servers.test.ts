/** Two server processes on one database, and sixteen clients on one queue; one of the servers is killed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStore } from '../../src/app/store-choice.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { TestQueue } from '../support/conversation.ts'
import { Random } from '../support/random.ts'
import {
  type ServerProcess,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../support/server-process.ts'
import { HttpClient } from './http-client.ts'
import { startWorkers, Witness } from './workers.ts'

const clientCount = 16
/** More of them: HEADLOCK_FAULT_ROUNDS=20 npm test -- faults/two-servers */
const rounds = Number(process.env['HEADLOCK_FAULT_ROUNDS'] ?? 3)
const token = 'a-token-of-both-servers'

/** The promises of the rules 11.1, 11.3 and 7.1, with many servers. */
test('kill -9 of one of two servers loses nothing, and gives nothing to two clients', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- faults/two-servers --seed ${random.seed}`)
  const directory = await temporaryDirectory(t)
  const database = await temporaryDatabase(t)
  const start = () =>
    startServerProcess(t, directory, {
      flags: ['--store', database, '--threads', random.pick(['1', '2'])],
      environment: { HEADLOCK_TOKEN: token },
    })
  const servers: ServerProcess[] = [await start(), await start()]
  const choice = parseStore(database)
  assert.ok(choice?.kind === 'postgres')
  // Looks at what is there in the end, by neither of the servers.
  const store = await openPostgresStore({ url: choice.url, schema: choice.schema })
  const { id: userId } = await store.ensureUser({ username: 'headlock' })

  for (let round = 1; round <= rounds; round++) {
    const { queue } = await store.getOrCreateQueue({ userId, name: `round-${round}` })
    const witness = new Witness()
    const victim = random.between(0, 1)
    const survivor = servers[1 - victim]!
    let killed: ServerProcess | null = null
    const workers = startWorkers(
      clientCount,
      (name, index) =>
        new HttpClient(name, queue.id, token, () => {
          const server = servers[index % 2]!
          return server === killed ? survivor : server
        }),
      witness,
    )
    const acknowledged = (more: number) => Promise.race([witness.acknowledged(more), workers.failed])
    const callsUntilKill = random.between(50, 600)
    await acknowledged(callsUntilKill)
    // All clients but one have a call under way at this moment.
    killed = servers[victim]!
    killed.signal('SIGKILL')
    await acknowledged(300)
    await workers.stop()
    assert.equal((await killed.ended).signal, 'SIGKILL')
    t.diagnostic(
      `round ${round}: server ${victim + 1} killed after ${callsUntilKill} calls; ` +
        `${witness.acknowledgedCount} acknowledged, ${witness.refusedCount} repeated, ${witness.added.size} requests`,
    )
    await witness.compare(new TestQueue(store, userId, { queueId: queue.id }))
    servers[victim] = await start()
  }
  for (const server of servers) assert.equal((await server.stop()).code, 0)
  await store.close()
})
