/** Records what `bench/building.ts` sends to PostgreSQL. On SQLite the storage thread records its transactions itself. */
import pg from 'pg'
import { Batchers } from '../../src/store/postgres/batching/batchers.ts'
import type { Bound } from '../../src/store/postgres/connection/statement.ts'
import { type Happening, nowMs, recordedMsMin } from './recording.ts'

interface SentFlight {
  readonly statements: readonly Bound[]
  callback(error: unknown): void
}

/** @returns how long each step of building took */
export function recordSteps(happenings: Happening[]): number[] {
  const stepsMs: number[] = []
  const note = (what: string, beginMs: number) => {
    const endMs = nowMs()
    if (endMs - beginMs >= recordedMsMin) happenings.push({ thread: 'connection', what, beginMs, endMs })
  }
  const { build } = Batchers.prototype
  Batchers.prototype.build = async function (...args) {
    const beginMs = nowMs()
    const heldMs = await build.apply(this, args)
    stepsMs.push(nowMs() - beginMs)
    note('step of building', beginMs)
    return heldMs
  }
  const client = pg.Client.prototype as unknown as { query(...args: unknown[]): unknown }
  const { query } = client
  client.query = function (...args) {
    const flight = args[0] as Partial<SentFlight>
    if (flight.statements === undefined || flight.callback === undefined) return query.apply(this, args)
    const beginMs = nowMs()
    const { statements, callback } = flight as SentFlight
    flight.callback = (error) => {
      note(`flight of ${statements.length}, ${shortened(statements)}`, beginMs)
      callback.call(flight, error)
    }
    return query.apply(this, args)
  }
  return stepsMs
}

function shortened(statements: readonly Bound[]): string {
  return statements
    .map(({ text }) => text.trim().split(/\s+/).slice(0, 3).join(' '))
    .join(', ')
    .slice(0, 90)
}
