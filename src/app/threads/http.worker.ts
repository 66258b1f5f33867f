/**
 * One of several threads that answer calls: its own HTTP server on the port all of them share, and its own way to the
 * store. On the embedded one that is a connection to read, and the one storage thread to write; on PostgreSQL a store with
 * connections of its own. Its life: starting, serving, draining (was told to close, finishes the calls in flight), closed.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import { buildServer, renewTls } from '../../http/server.ts'
import { Closer } from '../closer.ts'
import { openThreadStore } from '../drivers/driver-of.ts'
import { version } from '../version.ts'
import type { FromHttpThread, HttpThreadStart, ToHttpThread } from './http-threads.ts'
import { drain, listen } from './listen.ts'

const port = parentPort!
const start = workerData as HttpThreadStart
const { store: sharedStore, host, port: givenPort, logLevel, ...httpOptions } = start

// The logger of the server writes all lines; this thread hands its own over.
const logger = pino({ level: logLevel }, { write: (line: string) => send({ log: line }) })
const { store, clock } = await openThreadStore(
  sharedStore,
  (problem) => logger.error(`the store goes on, but: ${problem}`),
  start.figures,
)
const now = () => clock.monotonicMs()
const wallMs = () => clock.wallMs()
const app = await buildServer({
  store,
  options: { ...httpOptions, version, now, wallMs },
  logger,
})
const listensOn = await listen(app, host, givenPort, true)

const closer = new Closer()
closer.add('the store', () => store.close())
closer.add('the HTTP server', () => drain(app))
port.on('message', (message: ToHttpThread) => {
  if (message === 'close') return void close()
  renewTls(app, message.tls)
  send('renewed')
})
send({ port: listensOn })

async function close(): Promise<void> {
  let code = 0
  await closer.close().catch((error: unknown) => {
    code = 1
    logger.error({ err: error }, 'an HTTP thread could not close everything')
  })
  // Ends this thread alone, with whatever is left open in it. What was sent before arrives.
  process.exit(code)
}

function send(message: FromHttpThread): void {
  port.postMessage(message)
}
