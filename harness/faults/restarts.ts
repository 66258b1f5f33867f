/** Clients work on one queue while PostgreSQL is stopped, crashes, or loses one of its processes. */
import assert from 'node:assert/strict'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import type { PostgresServer } from '../postgres-server.ts'
import type { Random } from '../random.ts'
import { RequestTracker } from './request-tracker.ts'
import { newQueue, sameQueue, startWorkers } from './workers.ts'

/**
 * `SIGINT`: an administrator stops it fast. `SIGQUIT`: it crashes. `lost process`: one of its processes is
 * killed, upon which it ends all others and recovers by itself.
 */
export type Restart = 'SIGINT' | 'SIGQUIT' | 'lost process'
export const restartKinds: readonly Restart[] = ['SIGINT', 'SIGQUIT', 'lost process']

const workerCount = 24
/**
 * Point 4 of the promise: the store answers again within this time after the database accepts connections.
 */
const backWithinMs = 2_000

export interface RestartRound {
  readonly restarts: readonly Restart[]
  readonly random: Random
  /** Upper bound on the calls between two restarts. */
  readonly callsMax: number
  /**
   * Called after every restart, with the calls acknowledged since the last one, and the time until the next
   * acknowledged call.
   */
  onRestart(restart: Restart, acknowledgedCount: number, backMs: number): void
  isOver?(): boolean
}

/**
 * Plays one queue on that server, from its first call to the comparison.
 *
 * @param server with production settings, because what a crash must not lose has to be on the disk
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
    const tracker = new RequestTracker()
    const workers = startWorkers(
      workerCount,
      (clientKey, index) => (index % 3 === 0 ? byName : byId).client(clientKey),
      tracker,
    )
    const acknowledged = (more: number) => Promise.race([tracker.acknowledged(more), workers.failed])
    let toldCount = 0
    for (const restart of round.restarts) {
      if (round.isOver?.()) break
      await acknowledged(round.random.between(1, round.callsMax))
      const backMs = await restartOnce(server, restart, () => {
        // Clients that hold something now check whether it is still true.
        tracker.disruptionCount++
        return acknowledged(1)
      })
      round.onRestart(restart, tracker.acknowledgedCount - toldCount, backMs)
      toldCount = tracker.acknowledgedCount
    }
    await acknowledged(workerCount)
    await workers.stop()
    await tracker.compare(byId)
    await store.deleteQueue({ userId, queue: byId.queue })
  } finally {
    await store.close()
  }
}

/**
 * Fails if the store does not answer in time again. Resolves to the time between the database's first accepted connection
 * and the next acknowledged call.
 */
export async function restartOnce(
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
  const backMs = Math.round(performance.now() - upAt)
  assert.ok(backMs <= backWithinMs, `after ${restart} the store answered again only after ${backMs} ms`)
  return backMs
}
