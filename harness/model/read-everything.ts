import type { Command } from './commands.ts'
import type { Outcome } from './world.ts'

const looker = { clientKey: 'looker', runId: null }
/** So small that lists have several pages. */
const pageLength = 5

/** Everything that ordinary calls show of all queues, including the state after the locks have expired. */
export async function readEverything(run: (command: Command) => Promise<Outcome>): Promise<void> {
  const all = await run({ do: 'listQueues', offset: 0, limit: 1000, desc: false, unnamed: true })
  for (const { id } of answerOf<{ items: { id: `queue ${number}` }[] }>(all).items) {
    const on = { slot: id, by: 'id', client: looker } as const
    for (let afterKey: string | null = null; ; ) {
      const outcome = await run({ do: 'listRequests', ...on, limit: pageLength, afterKey, filter: null })
      const page: Page = answerOf(outcome)
      for (const { uniqueKey } of page.items) await run({ do: 'getHistory', ...on, key: uniqueKey })
      if (!page.hasMore) break
      afterKey = page.items.at(-1)!.uniqueKey
    }
    await run({ do: 'listRequests', ...on, limit: 1000, afterKey: null, filter: ['locked'] })
    await run({ do: 'listHead', ...on, limit: 1000 })
    await run({ do: 'explainQueue', ...on })
    await run({ do: 'listFailures', ...on })
    await run({ do: 'listClients', ...on, limit: 1000 })
    await run({ do: 'listHosts', ...on, sort: 'host', desc: false, limit: 1000 })
    await run({ do: 'findRequests', ...on, states: null, filter: {}, limit: 1000, examinedMax: 1000 })
  }
}

interface Page {
  readonly items: readonly { uniqueKey: string }[]
  readonly hasMore: boolean
}

function answerOf<Answer>(outcome: Outcome): Answer {
  if (!('answer' in outcome)) throw new Error(`a read of a queue failed: ${JSON.stringify(outcome)}`)
  return outcome.answer as Answer
}
