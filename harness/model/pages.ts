/** Lists that a command reads to their end, page by page. */
import { everyRequest } from '../../src/domain/insight/request-filter.ts'
import type {
  ClientPage,
  FoundPage,
  FoundRequest,
  HostPage,
  HostPosition,
} from '../../src/store/params/insight.ts'
import type { QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import type { Command } from './commands.ts'

/** The items of all pages, and the first one looked at alone. A store may need more pages than the oracle. */
export async function walk(
  store: Store,
  params: QueueParams,
  { states, filter, limit, examinedMax }: Command & { do: 'findRequests' },
): Promise<unknown> {
  const items: FoundRequest[] = []
  const wanted = { ...everyRequest, ...filter, states: states === null ? null : new Set(states) }
  for (let afterId: string | null = null; ; ) {
    const page: FoundPage = await store.findRequests({
      ...params,
      filter: wanted,
      afterId,
      limit,
      examinedMax,
    })
    items.push(...page.items)
    if (page.nextAfterId === null) break
    afterId = page.nextAfterId
  }
  const [first] = items
  return { items, first: first && (await store.inspectRequest({ ...params, requestId: first.id })) }
}

export async function clientPages(store: Store, params: QueueParams, limit: number): Promise<unknown> {
  const items: unknown[] = []
  for (let after: ClientPage['next'] = null; ; ) {
    const page: ClientPage = await store.listClients({ ...params, limit, after })
    items.push(...page.items)
    if (page.next === null) return items
    after = page.next
  }
}

export async function hostPages(
  store: Store,
  params: QueueParams,
  { sort, desc, limit }: Command & { do: 'listHosts' },
): Promise<unknown> {
  const items: unknown[] = []
  for (let after: HostPosition | null = null; ; ) {
    const page: HostPage = await store.listHosts({ ...params, sort, desc, limit, after })
    items.push(...page.items)
    if (page.next === null) return items
    after = page.next
  }
}
