import { ServerUnderTest } from '../../harness/fuzz/server-under-test.ts'
import { cutConnections } from '../../harness/overload/cut-connections.ts'
import { surroundWithIdleConnections } from '../../harness/overload/idle-connections.ts'
import type { Kind } from '../kind.ts'

const cutsPerRound = 500
const roundsPerServer = 20
/** The number of idle and slow connections, once for each server. */
const crowdSize = 5000

/** Connections that end at every moment of a call, and thousands of idle ones. */
export const connections: Kind = {
  name: 'connections',
  unit: 'connections cut',
  bar: 10_000,
  weight: 1,
  needsPostgres: false,
  async run(course) {
    while (!course.isOver) {
      const server = await ServerUnderTest.start()
      const cutting = {
        server,
        random: course.random,
        violated: (what: string) => course.violated(what),
        progress: (cuts: number, acknowledged: number) => course.done(cuts, acknowledged),
      }
      try {
        for (let round = 0; round < roundsPerServer && !course.isOver; round++) {
          await cutConnections(cutting, cutsPerRound)
        }
        await surroundWithIdleConnections(cutting, crowdSize, 2000)
        for (const line of server.complaints.slice(0, 5)) course.violated(`the log has a warning: ${line}`)
        if (server.exit !== null) course.violated(`the server ended (${server.exit}): ${server.errors}`)
      } finally {
        await server.kill()
      }
    }
  },
}
