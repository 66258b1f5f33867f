import type { IncomingMessage } from 'node:http'
import { callOf } from '../call-context.ts'
import { invalidInput } from '../errors/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body is an HTML form instead of JSON. */
    readonly form?: true
  }
}

/** Bounds a form. The longest token has 200 characters, each of which may be encoded as three. */
const formBytesMax = 4096

/** Reads the form of a page. A form that is too long or missing has no fields, and the page asks again. */
export function readForm(
  message: IncomingMessage,
  done: (error: Error | null, fields?: URLSearchParams) => void,
): void {
  let text = ''
  let isSettled = false
  message.setEncoding('latin1')
  message.on('data', (chunk: string) => {
    if (text.length <= formBytesMax) text += chunk
  })
  message.on('end', () => settle(null))
  callOf(message).onBrokenBody(settle)
  message.on('error', () => settle(invalidInput('the connection was closed in the middle of the body')))

  function settle(error: Error | null): void {
    if (isSettled) return
    isSettled = true
    done(error, error === null ? new URLSearchParams(text.length <= formBytesMax ? text : '') : undefined)
  }
}
