/** The calls that the documentation shows as commands of curl. */
import assert from 'node:assert/strict'
import type { Answer, Caller } from './caller.ts'

export interface ShownCall {
  readonly curl: string
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const baseUrl = 'http://127.0.0.1:4747'

/** What curl would send. */
export function shownCall(curl: string): ShownCall {
  const words = [...curl.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double?.replaceAll('\\"', '"') ?? bare!,
  )
  const headers: Record<string, string> = {}
  let method: string | undefined
  let body: string | undefined
  let path: string | undefined
  for (let index = 1; index < words.length; index++) {
    const word = words[index]!
    if (word === '-X') method = words[++index]!
    else if (word === '-d') body = words[++index]!
    else if (word === '-H') {
      const [name, value] = words[++index]!.split(': ')
      headers[name!.toLowerCase()] = value!
    } else {
      assert.ok(word.startsWith(baseUrl), `what is ${word} in ${curl}`)
      path = word.slice(baseUrl.length)
    }
  }
  assert.ok(path !== undefined, curl)
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded'
  return { curl, method: method ?? (body === undefined ? 'GET' : 'POST'), path, headers, body }
}

/** Makes the call. `$TOKEN` is the token of the caller. */
export function make(api: Caller, { method, path, headers, body: raw, curl }: ShownCall): Promise<Answer> {
  const { authorization, ...otherHeaders } = headers
  if (authorization !== undefined) assert.equal(authorization, 'Bearer $TOKEN', curl)
  return api.call(method, path, undefined, {
    headers: otherHeaders,
    ...(authorization === undefined ? { token: null } : {}),
    ...(raw === undefined ? {} : { raw: raw.replaceAll('$TOKEN', api.server.token) }),
  })
}
