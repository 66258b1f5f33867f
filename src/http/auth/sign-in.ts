import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Millis } from '../../domain/time.ts'
import type { Entrance } from '../entrance.ts'

/** How long a sign-in lasts: a working day. Then the page asks for the token again. */
const validMs: Millis = 8 * 3_600_000
const nameStart = 'headlock_pages_'
/** Bounds the old cookies in a browser. A server without a set key makes a new key, and so a new cookie, at each start. */
const othersMax = 8
const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
const timeBytes = 6
const hashBytes = 32

/**
 * Sign-ins to the HTML pages and to the console. A sign-in exists only in a cookie. The cookie holds the hash of the token and the end of the sign-in,
 * encrypted with a key of the server. So the API does not accept it in place of a token, nobody can make or read one without the key, it ends
 * with its token, and every thread and server with the same key accepts it.
 */
export class SignIns {
  readonly #key: Uint8Array
  readonly #wallMs: () => Millis
  /** Differs for each key. So servers on other ports of the same host do not overwrite each other's sign-ins. */
  readonly #name: string

  /** @param key 32 bytes */
  constructor(key: Uint8Array, wallMs: () => Millis) {
    this.#key = key
    this.#wallMs = wallMs
    this.#name = nameStart + createHmac('sha256', key).update('name of the cookie').digest('hex').slice(0, 8)
  }

  /** The `Set-Cookie` headers for a reader who has entered this token. The cookie is limited to HTTPS if the reader came over it. */
  cookiesFor(tokenHash: string, message: IncomingMessage, entrance: Entrance): string[] {
    const { headers } = message
    const isSecure = entrance.baseUrlOf({ raw: message }).startsWith('https:') && !isPlain(message)
    const traits = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
    const others = cookiesOf(headers.cookie).filter(
      ([name]) => name.startsWith(nameStart) && name !== this.#name,
    )
    return [
      `${this.#name}=${this.#seal(tokenHash)}; Max-Age=${validMs / 1000}; ${traits}`,
      ...others.slice(othersMax).map(([name]) => `${name}=; Max-Age=0; ${traits}`),
    ]
  }

  /** The `Set-Cookie` headers that end the sign-in. */
  endingCookies({ headers }: IncomingMessage): string[] {
    return cookiesOf(headers.cookie)
      .filter(([name]) => name === this.#name)
      .map(([name]) => `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict`)
  }

  /** The hash of the token with which the reader signed in. Null if there is no valid sign-in. */
  tokenHashIn({ headers }: IncomingMessage): string | null {
    if (headers.cookie === undefined) return null
    for (const [name, value] of cookiesOf(headers.cookie)) {
      const tokenHash = name === this.#name ? this.#open(value) : null
      if (tokenHash !== null) return tokenHash
    }
    return null
  }

  #seal(tokenHash: string): string {
    const content = Buffer.alloc(timeBytes + hashBytes)
    content.writeUIntBE(this.#wallMs() + validMs, 0, timeBytes)
    content.write(tokenHash, timeBytes, 'hex')
    const nonce = randomBytes(nonceBytes)
    const sealing = createCipheriv(cipher, this.#key, nonce)
    const sealed = [nonce, sealing.update(content), sealing.final(), sealing.getAuthTag()]
    return Buffer.concat(sealed).toString('base64url')
  }

  #open(value: string): string | null {
    const sealed = Buffer.from(value, 'base64url')
    if (sealed.length !== nonceBytes + timeBytes + hashBytes + tagBytes) return null
    const opening = createDecipheriv(cipher, this.#key, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    opening.setAuthTag(sealed.subarray(-tagBytes))
    try {
      const content = Buffer.concat([opening.update(sealed.subarray(nonceBytes, -tagBytes)), opening.final()])
      const leftMs = content.readUIntBE(0, timeBytes) - this.#wallMs()
      // More time is left than any sign-in gets, so the clock was set back and the age is unknown.
      return leftMs > 0 && leftMs <= validMs ? content.toString('hex', timeBytes) : null
    } catch {
      return null
    }
  }
}

/** Whether the browser says that it used plain HTTP, and so bypassed the proxy that does TLS. */
function isPlain({ headers }: IncomingMessage): boolean {
  return headers.origin?.startsWith('http:') === true
}

function cookiesOf(header: string | undefined): [name: string, value: string][] {
  return (header ?? '').split(';').flatMap((text) => {
    const equals = text.indexOf('=')
    return equals === -1 ? [] : [[text.slice(0, equals).trim(), text.slice(equals + 1).trim()]]
  })
}
