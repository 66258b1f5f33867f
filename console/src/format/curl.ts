import type { RequestItem } from '../api/shapes.ts'

/** The request as a command of curl, for a shell. */
export function curlOf({ url, method = 'GET', headers = {}, payload }: RequestItem): string {
  // curl would take brackets for a range of addresses, and a minus for an option.
  const options = /[[\]{}]/.test(url) ? '--globoff ' : ''
  const parts = [`curl ${options}${url.startsWith('-') ? '--url ' : ''}${quoted(url)}`]
  if (method !== 'GET') parts.push(`-X ${/^\w+$/.test(method) ? method : quoted(method)}`)
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(headerOf(name, value))}`)
  if (typeof payload === 'string' && payload !== '') parts.push(`--data-raw ${quoted(payload)}`)
  return parts.join(' \\\n  ')
}

/** curl leaves a header without a value out, unless it ends in a semicolon. It reads a file where one begins with `@`. */
function headerOf(name: string, value: unknown): string {
  const shown = name.replace(/^@+/, '')
  return value === '' ? `${shown};` : `${shown}: ${String(value)}`
}

/** Nothing inside single quotes means anything to a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
