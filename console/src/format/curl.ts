import type { RequestItem } from '../api/shapes.ts'

/** The request as a command of curl, for a shell. */
export function curlOf({ url, method = 'GET', headers = {}, payload }: RequestItem): string {
  const parts = [`curl ${quoted(url)}`]
  if (method !== 'GET') parts.push(`-X ${method}`)
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`)
  if (typeof payload === 'string' && payload !== '') parts.push(`--data-raw ${quoted(payload)}`)
  return parts.join(' \\\n  ')
}

/** Nothing inside single quotes means anything to a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
