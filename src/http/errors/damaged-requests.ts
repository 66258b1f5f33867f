import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import type { RequestView } from '../../domain/request.ts'
import { areMembers } from '../../store/stored-fields.ts'

/** So many are remembered as told; then telling begins anew. */
const toldMax = 1000

/** Requests of which so much is damaged in the store that no answer can have them. The log names each once. */
export class DamagedRequests {
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** To be told of those that a list has left out. @param queue as the call named it */
  leftOut(queue: string, requestIds: readonly string[] = []): void {
    for (const requestId of requestIds) {
      const key = `${queue} ${requestId}`
      if (this.#told.has(key)) continue
      if (this.#told.size >= toldMax) this.#told.clear()
      this.#told.add(key)
      this.#logger.error(
        { queue, requestId },
        'the stored fields of a request are not JSON: lists leave it out. "headlock verify" names all of them; an ' +
          'update or a delete of the request mends it',
      )
    }
  }

  /** The request, when an answer can have it. @throws HeadlockError `requestDamaged` */
  assertShown(queue: string, request: RequestView): RequestView {
    if (areMembers(request.otherFields)) return request
    this.leftOut(queue, [request.id])
    throw new HeadlockError('requestDamaged')
  }
}
