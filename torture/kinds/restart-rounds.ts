import { type RestartRound, restartKinds } from '../../harness/faults/restarts.ts'
import { PostgresServer } from '../../harness/postgres-server.ts'
import type { Course } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

/**
 * Plays rounds until the course is over, all on one PostgreSQL of their own, because they break the database.
 *
 * @param restartCount how often a round restarts it, each time in one of the known ways
 */
export function playRestartRounds(
  course: Course,
  restartCount: number,
  play: (server: PostgresServer, round: RestartRound) => Promise<unknown>,
): Promise<void> {
  return ended(async (ending) => {
    const { random } = course
    const server = await PostgresServer.start()
    ending.after(() => server.discard())
    await playRounds(course, async () => {
      await play(server, {
        restarts: Array.from({ length: restartCount }, () => random.pick(restartKinds)),
        random,
        callsMax: 600,
        onRestart: (_restart, acknowledgedCount) => course.done(1, acknowledgedCount),
        isOver: () => course.isOver,
      })
    })
  })
}
