/** Bounds a path in a log line or a message. The longest path of a route has 180 characters. */
const shownLengthMax = 200
/** Parts of a path up to this length are shown. Every token is longer. */
const shortLengthMax = 15
/** An ID of a queue, or `username~name` (rule 7.6). An ID of a request is short. */
const address = /^(?:[a-z0-9]{17}|[a-z0-9._-]{0,63}~[a-z0-9-]{1,63})$/i

/**
 * The path of a call as the log and a 404 may show it: without anything that could be a token. The path is cut at the first
 * character that no route has. So `#token=`, `&token=`, `;token=` and `%3Ftoken=` are cut off together with their token. A
 * long part is left out unless it is the address of a queue.
 */
export function shownPath(url: string): string {
  const target = url.slice(0, 4 * shownLengthMax)
  const path = target.startsWith('/') ? target : pathOfAbsolute(target)
  if (path === null) return '…'
  const plain = /^(?:[\w/.~-]|%7e)*/i.exec(path)![0]
  const isCut = plain.length < path.length && path[plain.length] !== '?'
  const parts = plain.replace(/%7e/gi, '~').split('/')
  const shown = parts.map((part, index) => {
    const isAddress = /queues$/.test(parts[index - 1] ?? '') && address.test(part)
    return part.length <= shortLengthMax || isAddress ? part : '…'
  })
  const text = `${shown.join('/')}${isCut && !shown.at(-1)!.endsWith('…') ? '…' : ''}`
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax - 1)}…` : text
}

/** The path in `http://host/path`. Null when more than a host precedes it, such as a user, which may be a token. */
function pathOfAbsolute(target: string): string | null {
  if (target === '*') return ''
  const path = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(\/.*|)$/is.exec(target)?.[1]
  return path === undefined || path.includes('@') ? null : path
}
