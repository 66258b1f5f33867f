import { type Build, thisBuild } from '../processes/build.ts'
import { close, noted } from '../processes/interrupt.ts'
import { PostgresRound } from '../rounds/postgres-round.ts'
import type { Round } from '../rounds/round.ts'
import { SqliteRound } from '../rounds/sqlite-round.ts'
import type { Durations } from '../scenarios/durations.ts'
import { comparedByDefault, measurePairs, type Pairs } from './pairs.ts'
import { RevisionBuild } from './revision.ts'

export interface AgainstOptions {
  readonly revision: string
  readonly store: 'sqlite' | 'postgres'
  /** Names of workloads. Empty: the most important ones. */
  readonly only: readonly string[]
  /** The number of rounds is the number of pairs. */
  readonly durations: Durations
  readonly serverFlags: readonly string[]
}

export interface AgainstResults {
  /** The commit that was measured. */
  readonly before: string
  readonly pairs: Pairs
}

/**
 * Compares the working tree with a revision: servers of both builds get the same load in turn.
 *
 * @throws Error that says what to do, when the revision is missing or does not start
 */
export async function measureAgainst(
  { revision, store, only, durations, serverFlags }: AgainstOptions,
  note: (line: string) => void,
): Promise<AgainstResults> {
  const files = noted(new RevisionBuild())
  try {
    const build = await files.prepare(revision, note)
    const start = (one: Build) => startRound(store, serverFlags, one)
    const names = only.length === 0 ? comparedByDefault : only
    return { before: build.name, pairs: await measurePairs(build, thisBuild, names, durations, start, note) }
  } finally {
    await close(files)
  }
}

async function startRound(
  store: AgainstOptions['store'],
  serverFlags: readonly string[],
  build: Build,
): Promise<Round> {
  if (store === 'postgres') return PostgresRound.start(1, serverFlags, build)
  const round = noted(new SqliteRound(serverFlags, build))
  try {
    await round.address()
    return round
  } catch (error) {
    await close(round)
    throw error
  }
}
