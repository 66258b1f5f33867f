import type { Millis } from '../../../domain/time.ts'
import type { FigureSteps, Figures } from '../../params/figures.ts'
import { type FigureRow, figureNames, secondOf } from '../../series/figure-columns.ts'
import { rangeOf, seriesOf } from '../../series/series.ts'
import { serverId, totalStep } from '../../series/server-figures.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { lagSecs, readLockEnds } from './read-figures.ts'
import type { FigureSaves } from './save-figures.ts'

/** How often the pending requests are counted while somebody looks. */
const countEveryMs: Millis = 60_000
/** After so many seconds all servers have saved what was done before. */
const savedAfterSecs = 3

const others = figureNames.filter((name) => name !== 'pending_change')
const selectCounted = statement(
  'SELECT coalesce(sum(total_count - handled_count), 0)::bigint AS pending FROM queues',
)
const total = `
  SELECT pending_change FROM queue_figures WHERE queue_id = '${serverId}' AND step_secs = ${totalStep} AND at = 0`
/** By how much they have changed after the second $1, and the most by which they may have changed in it and since. */
const selectKnown = statement(`
  SELECT coalesce((${total}), 0) AS pending,
    coalesce(sum(pending_change) FILTER (WHERE at > $1::bigint), 0)::bigint AS since,
    coalesce(sum(added + handled + abs(pending_change)), 0)::bigint AS "sinceMost"
  FROM queue_figures WHERE queue_id = '${serverId}' AND step_secs = 1 AND at >= $1::bigint`)
/** One statement, so that the sum is that of the rows. It comes with the second 0. */
const selectServerRows = statement(`
  SELECT at, ${figureNames.join(', ')} FROM queue_figures
  WHERE queue_id = '${serverId}' AND step_secs = $1 AND at BETWEEN $2 AND $3
  UNION ALL
  SELECT at, ${figureNames.join(', ')} FROM queue_figures
  WHERE queue_id = '${serverId}' AND step_secs = ${totalStep} AND at = 0`)
/** Changes nothing if another server has done so, or has saved figures meanwhile. */
const setPending = statement(`
  INSERT INTO queue_figures (queue_id, step_secs, at, ${others.join(', ')}, pending_change)
  VALUES ('${serverId}', ${totalStep}, 0, ${others.map(() => '0').join(', ')}, $1)
  ON CONFLICT (queue_id, step_secs, at) DO UPDATE SET pending_change = excluded.pending_change
  WHERE queue_figures.pending_change = $2::bigint`)

/** Reads the figures of all servers together, as they have saved them. */
export class ServerFigures {
  readonly #database: Database
  readonly #saves: FigureSaves
  /** What was counted, and is not compared yet. */
  #counted: { readonly second: number; readonly pending: number } | null = null
  #nextCountAt: Millis = 0

  constructor(database: Database, saves: FigureSaves) {
    this.#database = database
    this.#saves = saves
  }

  /** @param readTime asks the database for the time */
  async read(params: FigureSteps, readTime: () => Promise<Millis>): Promise<Figures> {
    await withRetries(() => this.#saves.saveForServer())
    const now = await readTime()
    const range = rangeOf(params, now, lagSecs)
    await this.#mend(now)
    const values = [params.stepSecs, range.from, range.running]
    const rows = await withRetries(() => this.#database.query<FigureRow>(selectServerRows, values))
    const ends = await readLockEnds(this.#database, serverId, range)
    const pendingCount = rows.find(({ at }) => at === 0)?.pending_change ?? 0
    return seriesOf({ pendingCount, rows, ...ends }, params, range)
  }

  /**
   * A server that crashed has not saved its last changes. So the pending requests of all queues are counted once in a while. Later, when
   * all servers have saved what they did before, that is compared with what is known.
   */
  async #mend(now: Millis): Promise<void> {
    const second = secondOf(now)
    if (this.#counted === null && now >= this.#nextCountAt) {
      this.#nextCountAt = now + countEveryMs
      const [counted] = await withRetries(() => this.#database.query<{ pending: number }>(selectCounted, []))
      this.#counted = { second, pending: counted!.pending }
    } else if (this.#counted !== null && second >= this.#counted.second + savedAfterSecs) {
      const counted = this.#counted
      this.#counted = null
      await this.#compare(counted)
    }
  }

  async #compare(counted: { readonly second: number; readonly pending: number }): Promise<void> {
    const [known] = await withRetries(() => this.#database.query<Known>(selectKnown, [counted.second]))
    const { pending, since, sinceMost } = known!
    if (Math.abs(counted.pending - (pending - since)) <= sinceMost) return
    await this.#database.query(setPending, [counted.pending + since, pending])
  }
}

interface Known {
  readonly pending: number
  readonly since: number
  readonly sinceMost: number
}
