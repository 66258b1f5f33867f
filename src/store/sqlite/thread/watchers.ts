import type { MessagePort } from 'node:worker_threads'
import type { QueueNews, Session } from '../session/session.ts'
import { type WatchMessage, watchedMark } from './messages.ts'

/** Which threads watch which queues, because callers wait there for requests (13.14). */
export class Watchers {
  readonly #session: Session
  readonly #ports = new Map<string, Set<MessagePort>>()

  constructor(session: Session) {
    this.#session = session
  }

  take(port: MessagePort, message: WatchMessage): void {
    if ('endWatch' in message) {
      this.#remove(message.endWatch, port)
      return
    }
    const queueId = message.watch
    const ports = this.#ports.get(queueId) ?? new Set()
    this.#ports.set(queueId, ports.add(port))
    this.#session.watch(queueId)
    port.postMessage([watchedMark, message.number])
  }

  /** The thread has ended. */
  leave(port: MessagePort): void {
    for (const queueId of [...this.#ports.keys()]) this.#remove(queueId, port)
  }

  /** Takes the news of the session, with the threads that they are for. */
  *takeNews(): Iterable<QueueNews & { readonly ports: Iterable<MessagePort> }> {
    for (const each of this.#session.takeNews()) {
      yield { ...each, ports: this.#ports.get(each.queueId) ?? [] }
    }
  }

  #remove(queueId: string, port: MessagePort): void {
    const ports = this.#ports.get(queueId)
    if (ports === undefined) return
    ports.delete(port)
    if (ports.size > 0) return
    this.#ports.delete(queueId)
    this.#session.endWatch(queueId)
  }
}
