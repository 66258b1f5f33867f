import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import type { RequestView } from '../../domain/request.ts'
import { areMembers } from '../../store/stored-fields.ts'

/** Bounds how many requests are remembered as logged. After that many, all are forgotten and may be logged again. */
const loggedMax = 1000

/** Logs requests that are too damaged in the store to be part of an answer, each of them once. */
export class DamagedRequests {
  readonly #logger: Logger
  readonly #logged = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Call this with the requests that a list has left out. @param queue as the call named it */
  leftOut(queue: string, requestIds: readonly string[] = []): void {
    for (const requestId of requestIds) {
      const key = `${queue} ${requestId}`
      if (this.#logged.has(key)) continue
      if (this.#logged.size >= loggedMax) this.#logged.clear()
      this.#logged.add(key)
      this.#logger.error(
        { queue, requestId },
        'the stored fields of a request are not JSON, so lists leave it out. "headlock verify" names all such requests. ' +
          'To repair one, update or delete it',
      )
    }
  }

  /** Returns the request, unless it is damaged. @throws HeadlockError `requestDamaged` */
  assertShown(queue: string, request: RequestView): RequestView {
    if (areMembers(request.otherFields)) return request
    this.leftOut(queue, [request.id])
    throw new HeadlockError('requestDamaged')
  }
}
