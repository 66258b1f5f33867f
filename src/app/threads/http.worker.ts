/**
 * One of several threads that answer calls. It has its own HTTP server on the port that all of them share. On the embedded
 * store it reads on its own connection and writes through the storage thread. On PostgreSQL it has a store with its own
 * connections. It starts, serves, finishes the calls in flight when it gets 'close', and ends.
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

// The main thread writes the log. This thread sends it the lines.
const logger = pino({ level: logLevel }, { write: (line: string) => send({ log: line }) })
const { store, clock } = await openThreadStore(
  sharedStore,
  (problem) => logger.error(`a problem in the store, which keeps running: ${problem}`),
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
send({ port: listensOn, routes: app.countedRoutes })

async function close(): Promise<void> {
  let code = 0
  await closer.close().catch((error: unknown) => {
    code = 1
    logger.error({ err: error }, 'an HTTP thread could not close everything')
  })
  // Ends only this thread, also when something in it is still open. Messages that were sent before still arrive.
  process.exit(code)
}

function send(message: FromHttpThread): void {
  port.postMessage(message)
}
