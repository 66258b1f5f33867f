import { HeadlockError } from '../../../domain/errors.ts'
import type { MoreToLookAt } from '../../operations/hand-out/take-by-groups.ts'
import { hasMoreToLookAt } from '../../steps/look.ts'
import { readable } from '../file/storage-problem.ts'
import type { AnswerOf, OperationName, ParamsOf } from '../operations/index.ts'
import type { Reader } from '../reads/reader.ts'
import type { CallPort } from '../thread/call-port.ts'
import type { HeadCall, SteppedCalls, SteppedMethods } from '../thread/stepped-calls.ts'

/** What the methods of the embedded store are made of. */
export class SqliteParts {
  readonly calls: CallPort
  /** The methods that take several operations of the storage thread. */
  readonly stepped: SteppedMethods
  readonly #steppedCalls: SteppedCalls
  readonly #reader: Reader
  readonly #release: () => Promise<void>
  #closed: Promise<void> | null = null

  /** @param release called once, when the store has closed */
  constructor(calls: CallPort, stepped: SteppedCalls, reader: Reader, release: () => Promise<void>) {
    this.calls = calls
    this.stepped = stepped.methods()
    this.#steppedCalls = stepped
    this.#reader = reader
    this.#release = release
  }

  /** Has the storage thread perform an operation. Refuses it when the store is closing. */
  perform<Name extends OperationName>(name: Name, params: ParamsOf<Name>): Promise<AnswerOf<Name>> {
    return this.#closed === null ? this.calls.call(name, params) : Promise.reject(closingError())
  }

  /** The same for a call that reads the head. Hardly any needs more than one step. */
  async performOnHead<Name extends HeadCall>(name: Name, params: ParamsOf<Name>) {
    const answer: AnswerOf<Name> = await this.perform(name, params)
    if (!hasMoreToLookAt(answer)) return answer as Exclude<AnswerOf<Name>, MoreToLookAt>
    return this.#steppedCalls.lookOn(name, params)
  }

  /** Reads on the connection of this thread, which sees all that was acknowledged. */
  async read<Answer>(look: (reader: Reader) => Answer | Promise<Answer>): Promise<Answer> {
    this.assertOpen()
    return readable(() => look(this.#reader))
  }

  assertOpen(): void {
    if (this.#closed !== null) throw closingError()
  }

  /** May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#steppedCalls.finish()
    // Before the writing connection, because the last connection to close copies the log into the file.
    this.#reader.close()
    await this.calls.drain()
    await this.#release()
  }
}

function closingError(): HeadlockError {
  return new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
}
