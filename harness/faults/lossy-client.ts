import { HeadlockError } from '../../src/domain/errors.ts'
import type { WorkingClient } from './workers.ts'

/**
 * A client whose calls are done while their answers may get lost, as they are when a server dies between the two. It hears
 * of that as of a store that is not available.
 *
 * @param isLost whether the answer to such a call is; what it waits for is done between the call and the next try
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
        if (await isLost(name)) throw new HeadlockError('storeUnavailable', { problem: 'the answer is lost' })
        return answer
      },
  })
}
