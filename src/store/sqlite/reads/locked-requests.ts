import type { SQLOutputValue } from 'node:sqlite'
import type { Millis } from '../../../domain/time.ts'
import { type LockedOfClients, lockedByClients } from '../../locked-by-clients.ts'
import type { Statements } from '../groups/statements.ts'

const ofClients = 'FROM requests INDEXED BY requests_by_client WHERE queue_number = ?'
const selectNextClient = `SELECT locked_by ${ofClients} AND locked_by > ? ORDER BY locked_by LIMIT 1`
const selectOfClient = `SELECT number ${ofClients} AND locked_by = ? AND lock_expires_at > ? LIMIT +?`
/** That many take some 5 ms. */
const clientsPerStep = 500

/** For the test of their plans. */
export const lockedStatements: readonly string[] = [selectNextClient, selectOfClient]

type Database = Pick<Statements, 'statement'>

/** The numbers of the rows that this client has locked, at most so many. It reads only an index. */
export function lockedByClient(
  db: Database,
  queueNumber: number,
  clientKey: string,
  now: Millis,
  max: number,
): number[] {
  return numbersOf(db.statement(selectOfClient).all(queueNumber, clientKey, now, max))
}

/**
 * The numbers of the rows that are locked, at most so many. Null if there are very many clients.
 *
 * @param nextTurn is called before each step
 */
export function lockedRows(
  db: Database,
  queueNumber: number,
  now: Millis,
  max: number,
  nextTurn: () => Promise<void>,
): Promise<readonly number[] | null> {
  const next = db.statement(selectNextClient)
  return lockedByClients(max, clientsPerStep, async (afterKey, clientsMax, left) => {
    await nextTurn()
    const rows: number[] = []
    let lastKey: LockedOfClients<number>['lastKey'] = afterKey
    for (let count = 0; count < clientsMax && rows.length < left; count++) {
      const row = next.get(queueNumber, lastKey)
      if (row === undefined) return { rows, lastKey: null }
      lastKey = row['locked_by'] as string
      rows.push(...lockedByClient(db, queueNumber, lastKey, now, left - rows.length))
    }
    return { rows, lastKey }
  })
}

function numbersOf(rows: readonly Record<string, SQLOutputValue>[]): number[] {
  return rows.map(({ number }) => number as number)
}
