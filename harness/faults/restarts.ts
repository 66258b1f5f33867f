/** Clients work on one queue while PostgreSQL is stopped, crashes, and loses one of its processes. */
import assert from 'node:assert/strict'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import type { PostgresServer } from '../postgres-server.ts'
import type { Random } from '../random.ts'
import { Witness } from './witness.ts'
import { newQueue, sameQueue, startWorkers } from './workers.ts'

/**
 * `SIGINT`: an administrator in a hurry ends it. `SIGQUIT`: it crashes. `lost process`: one of its processes is killed,
 * upon which it ends all others and recovers by itself.
 */
export type Restart = 'SIGINT' | 'SIGQUIT' | 'lost process'
export const restartKinds: readonly Restart[] = ['SIGINT', 'SIGQUIT', 'lost process']

const workerCount = 24
/** Point 4 of the promise: so soon after the database takes connections the store answers again. */
const backWithinMs = 2_000

export interface RestartRound {
  readonly restarts: readonly Restart[]
  readonly random: Random
  /** Calls between two restarts at the most. */
  readonly callsMax: number
  /** Is told of every restart: the calls acknowledged since the one before, and how soon calls were again after it. */
  onRestart(restart: Restart, acknowledgedCount: number, backMs: number): void
  isOver?(): boolean
}

/**
 * One queue on that server, from its first call to the comparison.
 *
 * @param server with everything as it would be in production: what a crash must not lose has to be on the disk
 * @throws Error that says which promise was broken
 */
export async function playRestarts(server: PostgresServer, round: RestartRound): Promise<void> {
  const store = await openPostgresStore({ url: server.url })
  try {
    const byId = await newQueue(store, null)
    const { id: userId } = await store.ensureUser({ username: 'faults' })
    const name = `restarts-${round.random.between(1, 1e9)}`
    await store.updateQueue({ userId, queue: byId.queue, name })
    const byName = sameQueue(byId, { queue: { ownerName: null, queueName: name } })
    const witness = new Witness()
    const workers = startWorkers(
      workerCount,
      (clientKey, index) => (index % 3 === 0 ? byName : byId).client(clientKey),
      witness,
    )
    const acknowledged = (more: number) => Promise.race([witness.acknowledged(more), workers.failed])
    let toldCount = 0
    for (const restart of round.restarts) {
      if (round.isOver?.()) break
      await acknowledged(round.random.between(1, round.callsMax))
      const backMs = await restartOnce(server, restart, () => {
        // Who was told something before it looks whether that is so still.
        witness.shakeCount++
        return acknowledged(1)
      })
      assert.ok(backMs <= backWithinMs, `after ${restart} the store answered again only after ${backMs} ms`)
      round.onRestart(restart, witness.acknowledgedCount - toldCount, backMs)
      toldCount = witness.acknowledgedCount
    }
    await acknowledged(workerCount)
    await workers.stop()
    await witness.compare(byId)
    await store.deleteQueue({ userId, queue: byId.queue })
  } finally {
    await store.close()
  }
}

/** Resolves to the time from when the database takes connections to the next call that is acknowledged. */
async function restartOnce(
  server: PostgresServer,
  restart: Restart,
  nextAcknowledged: () => Promise<void>,
): Promise<number> {
  if (restart === 'lost process') await server.loseProcess()
  else {
    await server.down(restart)
    await server.up()
  }
  const upAt = performance.now()
  await nextAcknowledged()
  return Math.round(performance.now() - upAt)
}
