/**
 * Runs one kind in its own process, so that kinds do not disturb each other: `node torture/child.ts NAME SEED
 * LASTS_MS`.
 */
import { PostgresServer } from '../harness/postgres-server.ts'
import { testPostgresSettings, testPostgresVariable } from '../harness/test-postgres.ts'
import { Course, type Telling } from './kind.ts'
import { kinds } from './kinds/index.ts'

const [name, seed, lastsMs] = process.argv.slice(2)
const kind = kinds.find((each) => each.name === name)
if (kind === undefined) throw new Error(`There is no kind of torture named ${name}.`)

const postgres =
  kind.needsPostgres && !process.env[testPostgresVariable]
    ? await PostgresServer.start(testPostgresSettings)
    : null
if (postgres !== null) process.env[testPostgresVariable] = postgres.url

const course = new Course(Number(seed), Number(lastsMs))
const reporting = setInterval(() => void tell(false), 1000)
process.on('uncaughtException', (error) => {
  course.violated(`the harness broke: ${error.stack ?? error.message}`)
  tell(true).finally(() => process.exit(1))
})
try {
  await kind.run(course)
} catch (error) {
  course.violated(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
clearInterval(reporting)
await postgres?.discard()
await tell(true)
process.exit(0)

/** Resolves when the message was sent. A message that still waits when the process exits is lost. */
function tell(isLast: boolean): Promise<void> {
  const telling: Telling = { ...course.tally, isLast }
  return new Promise((told) => {
    if (process.send === undefined) told()
    else process.send(telling, () => told())
  })
}
