import type { Millis } from '../../domain/time.ts'
import { catalogue, type FigureDefinition, type StoreKind } from '../../figures/catalogue.ts'
import type { FigureReading } from '../../figures/read.ts'
import type { QueueCounts, StoreState } from '../../store/params/state.ts'
import type { Store } from '../../store/store.ts'
import { figureFamilies } from './figure-families.ts'
import type { MetricFamily } from './metric-family.ts'
import { processFamilies } from './process-families.ts'
import { queueFamilies, storeFamilies } from './store-families.ts'

export interface MetricsParts {
  readonly store: Pick<Store, 'inspectStore' | 'recentQueues'>
  /** What all threads have counted. */
  readFigures(): readonly FigureReading[]
  readonly version: string
  readonly startedAt: Millis
  /** The most queues whose counts are told. 0: none, and the store is not asked for them. */
  readonly queuesMax: number
}

/** How long the store may take. Prometheus gives up after ten seconds, and then sees no figure at all. */
const storeMsMax: Millis = 3_000

/** Everything that is measured, gathered when somebody asks. */
export class Metrics {
  readonly #parts: MetricsParts

  constructor(parts: MetricsParts) {
    this.#parts = parts
  }

  /**
   * Never fails. If the store does not answer, `headlock_store_up` is 0 and its figures are missing.
   *
   * @param userId whose queues are told. Null: those of all users
   */
  async families(userId: string | null): Promise<MetricFamily[]> {
    const { version, startedAt, queuesMax, readFigures } = this.#parts
    const [state, queues] = await this.#askStore(userId)
    const labels = { version, node: process.version, store: state?.kind ?? 'unknown' }
    return [
      {
        kind: 'gauge',
        name: 'headlock_build_info',
        help: 'The version of the server, of Node.js, and the kind of store. Its value is always 1.',
        samples: [{ labels, value: 1 }],
      },
      ...processFamilies(startedAt),
      ...figureFamilies(readFigures().filter((reading) => isOf(reading, state?.kind))),
      ...storeFamilies(state),
      ...(queuesMax === 0 ? [] : queueFamilies(queues)),
    ]
  }

  async #askStore(userId: string | null): Promise<[StoreState | null, readonly QueueCounts[]]> {
    const { store, queuesMax } = this.#parts
    const answers = Promise.all([
      store.inspectStore(),
      queuesMax === 0 ? [] : store.recentQueues({ userId, limit: queuesMax }),
    ])
    const none: [null, readonly QueueCounts[]] = [null, []]
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<typeof none>((resolve) => {
      timer = setTimeout(resolve, storeMsMax, none)
    })
    try {
      return await Promise.race([answers, timeout])
    } catch {
      return none
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Whether a server with this store tells the figure. */
function isOf({ name }: FigureReading, kind: StoreKind | undefined): boolean {
  const { store }: FigureDefinition = catalogue[name]
  return store === undefined || store === kind
}
