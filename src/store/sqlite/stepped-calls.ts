import { HeadlockError } from '../../domain/errors.ts'
import { deleteInSteps } from '../delete.ts'
import type { StepSize } from '../steps.ts'
import type { DeleteRequests, Store, UnlockRequests } from '../store.ts'
import { unlockInSteps } from '../unlock.ts'
import type { CallPort } from './call-port.ts'
import { heldLocks } from './held-locks.ts'

/**
 * The calls that take several operations of the storage thread where they are about very much. Each operation is one step;
 * what others have sent meanwhile comes before the next one.
 */
export class SteppedCalls {
  readonly #calls: CallPort
  readonly #file: string
  readonly #stepSize: StepSize
  readonly #inFlight = new Set<Promise<unknown>>()
  #isClosing = false

  constructor(calls: CallPort, file: string, stepSize: StepSize) {
    this.#calls = calls
    this.#file = file
    this.#stepSize = stepSize
  }

  methods(): Pick<Store, 'deleteRequests' | 'unlockRequests'> {
    return {
      deleteRequests: (ask) => this.#inTurn(() => this.#delete(ask)),
      unlockRequests: (ask) => this.#inTurn(() => this.#unlock(ask)),
    }
  }

  /** Takes no more calls; resolves when those under way have come to their end. */
  async finish(): Promise<void> {
    this.#isClosing = true
    await Promise.allSettled(this.#inFlight)
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#isClosing) {
      return Promise.reject(new HeadlockError('storeUnavailable', { problem: 'the store is closing' }))
    }
    const answer = work()
    const settled = () => this.#inFlight.delete(answer)
    this.#inFlight.add(answer)
    answer.then(settled, settled)
    return answer
  }

  #delete(ask: DeleteRequests): Promise<void> {
    return deleteInSteps(ask, (step) =>
      this.#calls.call('deleteRequests', { ...step, stepSize: this.#stepSize }),
    )
  }

  #unlock(ask: UnlockRequests): Promise<{ unlockedCount: number }> {
    const stepSize = this.#stepSize
    return unlockInSteps({
      releaseAll: () => this.#calls.call('unlockRequests', { ...ask, stepSize }),
      held: (more) => heldLocks(this.#file, ask, more, stepSize),
      // By the ID, so that all steps are about this queue, whatever is named so meanwhile.
      release: (requestIds, { queueIdOfMore: queueId }) =>
        this.#calls.call('releaseLocks', { ...ask, queue: { queueId }, requestIds }),
    })
  }
}
