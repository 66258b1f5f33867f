import { type Static, type TSchema, Type } from 'typebox'
import { oneOf, time } from './schemas.ts'

/** In the form that /docs shows best: two types, and not two schemas. */
function orNull<Schema extends TSchema>(schema: Schema) {
  const { type } = schema as { type?: string }
  return Type.Unsafe<Static<Schema> | null>({ ...schema, type: [type, 'null'] })
}

const bytes = (description: string) => Type.Integer({ minimum: 0, description })
const count = (description: string) => Type.Integer({ minimum: 0, description })
const number = (description: string) => Type.Number({ minimum: 0, description })
const millis = (description: string) =>
  orNull(number(`${description}, in milliseconds. Null if there was none.`))

const spread = {
  p50Ms: millis('Half of them took at most this long'),
  p99Ms: millis('99 of 100 took at most this long'),
}

export const ServerStateSchema = Type.Object({
  version: Type.String({ description: 'The version of Headlock.' }),
  node: Type.String({ description: 'The version of Node.js.' }),
  startedAt: time('When the server started.'),
  uptimeSecs: Type.Integer({ minimum: 0 }),
  processes: Type.Array(
    Type.Object({
      pid: Type.Integer(),
      threads: count('Threads that answer calls.'),
      residentBytes: bytes('Memory of the process that is in RAM.'),
      heapBytes: bytes('Memory of the JavaScript objects of all threads.'),
    }),
    { description: 'The processes of this server. It has one.' },
  ),
  connections: count('Open connections of clients.'),
  store: Type.Object({
    kind: oneOf(['sqlite', 'postgres']),
    version: Type.String({ description: 'The version of SQLite or PostgreSQL.' }),
    sizeBytes: orNull(bytes('What the data takes on the disk. Null on a cluster.')),
    walBytes: Type.Optional(orNull(bytes('The size of the write-ahead log. SQLite only.'))),
    pool: Type.Optional(
      Type.Object(
        {
          busy: count('Connections that calls use.'),
          idle: count('Open connections that no call uses.'),
          waiting: count('Calls that wait for a connection.'),
        },
        { description: 'Connections to the database. PostgreSQL only.' },
      ),
    ),
  }),
  disk: orNull(
    Type.Object(
      { freeBytes: bytes('Free space.'), totalBytes: bytes('Size of the disk.') },
      { description: 'The disk of the data directory. Null with PostgreSQL.' },
    ),
  ),
  recentSecs: number(
    'The length of the time, up to now, that rates and shares below are of. At most a minute.',
  ),
  routes: Type.Array(
    Type.Object({
      route: Type.String({ description: 'Method and path; `none` are calls that no route took.' }),
      calls: count('Calls since the start.'),
      errors: count('Answers with a status of 500 or more since the start.'),
      perSec: number('Calls per second.'),
      ...spread,
    }),
    { description: 'Routes that were called, the busiest first.' },
  ),
  commits: Type.Object({
    perSec: number('Commits per second.'),
    ...spread,
    callsPerCommit: orNull(number('The mean of the calls that shared a commit.')),
  }),
  fsync: orNull(
    Type.Object(spread, {
      description: 'The part of a commit in which the log is written and synced. Null with PostgreSQL.',
    }),
  ),
  eventLoopDelayMs: Type.Object(
    { p50: spread.p50Ms, p99: spread.p99Ms },
    { description: 'How late timers run in the threads that answer calls.' },
  ),
  tokens: Type.Array(
    Type.Object({
      id: Type.String(),
      name: orNull(Type.String({ description: 'The label that it was created with.' })),
      readOnly: Type.Boolean(),
      runId: orNull(Type.String()),
      createdAt: time('When it was made.'),
    }),
    {
      description:
        'Your tokens, without what is secret. Empty for a call with a read-only token, or one that was issued for a run.',
    },
  ),
})
