import { HeadlockError } from '../../src/domain/errors.ts'
import type { WorkingClient } from './workers.ts'

/**
 * A client whose answers may get lost although the calls were done, as when a server dies in between. The
 * caller gets `storeUnavailable` for a lost answer.
 *
 * @param isLost whether the answer to such a call is lost; the next try waits for it
 */
export function lossy(
  client: WorkingClient,
  isLost: (call: keyof WorkingClient) => Promise<boolean>,
): WorkingClient {
  return new Proxy(client, {
    get:
      (_, name: keyof WorkingClient) =>
      async (...parameters: never[]) => {
        const answer = await (client[name] as (...parameters: never[]) => Promise<unknown>)(...parameters)
        if (await isLost(name))
          throw new HeadlockError('storeUnavailable', { problem: 'the answer was lost' })
        return answer
      },
  })
}
