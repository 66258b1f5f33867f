import type { FigureShare } from '../../figures/figures.ts'
import type { ClockSource } from '../clock.ts'
import { CallsUnderWay } from '../steps/calls-under-way.ts'
import { postgresStepSize, type StepSize } from '../steps/steps.ts'
import type { Store } from '../store.ts'
import { StoreFigures } from '../store-figures.ts'
import { PostgresClock } from './clock.ts'
import { riskOf } from './connection/durability-settings.ts'
import { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { clusterRiskOf } from './maintenance/cluster-setup.ts'
import { foreignRiskOf } from './maintenance/foreign-code.ts'
import { methodsOf } from './methods/index.ts'
import { PostgresParts } from './methods/parts.ts'
import { migrate } from './migrations/migrate.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** The schema of the tables. */
  readonly schema?: string
  /** The most connections that this process opens. */
  readonly connectionsMax?: number
  /** For tests. By default the database's clock decides. */
  readonly clock?: ClockSource
  /** Called with a message when background work of the store fails. The store continues, and tries again. */
  readonly onProblem?: (problem: string) => void
  /**
   * Called with a message when a crash of the database's machine could lose acknowledged changes, or when the
   * tables have triggers or similar that Headlock did not create.
   */
  readonly onRisk?: (risk: string) => void
  /** Where this thread counts its figures. */
  readonly figures?: FigureShare
  /** For tests. */
  readonly stepSize?: StepSize
}

export const schemaByDefault = 'headlock'
export const connectionsByDefault = 10

/**
 * Opens the store that many servers can share. Each server is a process with its own connections. They share
 * only the database.
 *
 * @throws OperatorError if the schema is newer, and errors of the driver if the database cannot be reached
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const onProblem = options.onProblem ?? (() => {})
  const database = new Database({
    url: options.url,
    schema: options.schema ?? schemaByDefault,
    connectionsMax: options.connectionsMax ?? connectionsByDefault,
    onProblem,
  })
  try {
    const risks = await withRetries(() =>
      database.useWithoutTimeouts(async (client) => {
        await migrate(client, database.schema)
        return options.onRisk === undefined
          ? []
          : [await riskOf(client), await foreignRiskOf(client), await clusterRiskOf(client)]
      }),
    )
    for (const risk of risks) if (risk !== null) options.onRisk?.(risk)
  } catch (error) {
    await database.close()
    throw error
  }
  const { clock, stepSize = postgresStepSize } = options
  const underWay = new CallsUnderWay()
  const figures = new StoreFigures(options.figures)
  const parts = { database, clock: new PostgresClock(clock), stepSize, underWay, figures, onProblem }
  return closingOnce(methodsOf(new PostgresParts(parts)), underWay)
}

/** Migrates the schema and closes the connection. Returns how many migrations ran. */
export async function migratePostgres(options: Pick<PostgresOptions, 'url' | 'schema'>): Promise<number> {
  const { url, schema = schemaByDefault } = options
  const database = new Database({ url, schema, connectionsMax: 1, onProblem: () => {} })
  try {
    return await database.useWithoutTimeouts((client) => migrate(client, schema))
  } finally {
    await database.close()
  }
}

/** Finishes the calls in flight before the store closes, and closes it only once. Later calls are refused. */
function closingOnce(store: Store, underWay: CallsUnderWay): Store {
  let closed: Promise<void> | null = null
  const methods = Object.entries(store).map(([name, method]) => {
    const guarded = (params: never): Promise<unknown> => underWay.run(() => method(params))
    return [name, guarded]
  })
  return {
    ...(Object.fromEntries(methods) as Store),
    close() {
      closed ??= underWay.finish().then(() => store.close())
      return closed
    },
  }
}
