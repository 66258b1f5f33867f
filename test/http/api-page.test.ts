/** The exchanges that docs/api.md shows, made with a server of their own in the order of the page. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { ApiPromises, isStream } from '../../harness/http/api-promises.ts'
import { type Answer, fromTheBeginning, httpTest } from '../../harness/http/caller.ts'
import { make, type ShownCall, shownCall } from '../../harness/http/shown-call.ts'

interface Exchange extends ShownCall {
  /** What the page shows as the answer. */
  readonly status: number
  readonly hasLocation: boolean
  readonly answer: unknown
}

/** Answers whose numbers differ each time. */
const changing = ['/headlock/v1/server']

const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
const exchanges = exchangesOf(page)

httpTest(
  'docs/api.md shows what the server answers',
  async (api) => {
    const ids = new Map<string, string>()
    for (const exchange of exchanges) {
      const path = exchange.path.replace(/\w{17}/g, (id) => ids.get(id) ?? id)
      const form = changing.includes(exchange.path) ? formOf : withoutServer
      const answer = await make(api, { ...exchange, path })
      assert.deepEqual(answered(answer, form), shown(exchange, form), exchange.curl)
      pairIds(exchange.answer, answer.body, ids)
    }
  },
  fromTheBeginning,
)

httpTest('docs/api.md shows an exchange of every operation', async (api) => {
  const promises = await ApiPromises.of(api.server)
  const shownIds = exchanges.map(({ method, path }) => promises.operationOf(method, path)?.operationId)
  const operations = Object.values(promises.api.paths).flatMap((methods) => Object.values(methods))
  const missing = operations
    .filter((operation) => !isStream(operation))
    .map(({ operationId }) => operationId)
    .filter((id) => !shownIds.includes(id))
  assert.deepEqual(missing, [])
})

/** Notes which ID this server gave in place of one that the page shows. Later calls of the page name that. */
function pairIds(onPage: unknown, answer: unknown, ids: Map<string, string>): void {
  if (typeof onPage !== 'object' || onPage === null) return
  for (const [name, member] of Object.entries(onPage)) {
    const own = (answer as Record<string, unknown> | undefined)?.[name]
    if (name === 'id') ids.set(member as string, own as string)
    else pairIds(member, own, ids)
  }
}

function answered({ status, headers, body }: Answer, form: typeof withoutServer): unknown {
  return { status, hasLocation: headers.has('location'), answer: form(body) }
}

function shown({ status, hasLocation, answer }: Exchange, form: typeof withoutServer): unknown {
  return { status, hasLocation, answer: form(answer) }
}

/** Only the names of members, and of those of the first element of a list. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(formOf)
  if (typeof value !== 'object' || value === null) return 'a value'
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, formOf(member)]))
}

/** Keeps names, numbers and flags. Other texts differ between servers, so only times are distinguished from them. */
function withoutServer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutServer)
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'a time' : 'a text'
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutServer(member)]))
}

/** A block `sh` that begins with curl, and the block `http` with its answer right behind it. */
function exchangesOf(markdown: string): Exchange[] {
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }))
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh' || !text.startsWith('curl ')) return []
    const next = blocks[index + 1]
    assert.equal(next?.language, 'http', `no answer is shown for ${text}`)
    const [head = '', ...rest] = next.text.split('\n\n')
    const json = rest.join('\n\n')
    return [
      {
        ...shownCall(text),
        status: Number(head.split(' ')[1]),
        hasLocation: /^Location: /m.test(head),
        answer: json === '' ? undefined : JSON.parse(json),
      },
    ]
  })
}
