/**
 * Finds locked requests by the clients that hold them. The order has them among the scheduled requests, of which there may be
 * very many. A live lock stays with its client, so no request is missed between two steps.
 */

/** If there are more clients, also ones that hold nothing any more, requests are found in other ways. */
const clientsMax = 10_000

export interface LockedOfClients<Row> {
  readonly rows: readonly Row[]
  /** The last client that was read, perhaps not to its end. Null if there are no more. */
  readonly lastKey: string | null
}

/**
 * All locked requests, but no more than `max`. Null if there are too many clients.
 *
 * @param read reads the next clients by their keys, in one step: at most so many clients, and so many requests
 */
export async function lockedByClients<Row>(
  max: number,
  clientsPerStep: number,
  read: (afterKey: string, clientsMax: number, max: number) => Promise<LockedOfClients<Row>>,
): Promise<readonly Row[] | null> {
  const found: Row[] = []
  let afterKey = ''
  for (let clients = 0; clients < clientsMax; clients += clientsPerStep) {
    const { rows, lastKey } = await read(afterKey, clientsPerStep, max - found.length)
    found.push(...rows)
    if (lastKey === null || found.length >= max) return found
    afterKey = lastKey
  }
  return null
}
