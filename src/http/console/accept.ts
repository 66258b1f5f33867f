/** What a caller accepts, as far as the console asks. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Encoding, encodings } from './console-files.ts'

/** Whether the caller is a browser that loads a page. Other clients ask for any type. */
export function acceptsHtml({ accept }: IncomingHttpHeaders): boolean {
  return accept !== undefined && /\btext\/html\b/i.test(accept)
}

/** Whether a browser opens the address of the server alone. */
export function leadsToConsole({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && /^\/(?:[?#]|$)/.test(url!) && acceptsHtml(headers)
}

/** Whether a browser opens the page of a queue, and did not ask for the plain one. */
export function wantsConsole({ headers, url }: IncomingMessage): boolean {
  return acceptsHtml(headers) && !/[?&](?:plain|token)\b/.test(url!)
}

/** The best encoding that the caller accepts. Null: as it is. */
export function acceptedEncoding(headers: IncomingHttpHeaders): Encoding | null {
  const accepted = [headers['accept-encoding'] ?? ''].flat().join(',').toLowerCase().split(',')
  const names = accepted.flatMap((text) => {
    const [name = '', ...traits] = text.split(';').map((part) => part.trim())
    return traits.some((trait) => /^q=0(?:\.0*)?$/.test(trait)) ? [] : [name]
  })
  return encodings.find((encoding) => names.includes(encoding)) ?? null
}
