import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Millis } from '../../domain/time.ts'

/** A working day. After that the page asks again. */
const validMs: Millis = 8 * 3_600_000
const nameStart = 'headlock_pages_'
/** Each start of a server that makes its own key leaves one behind in the browser, until it ends; more than these are cleared. */
const othersMax = 8
const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
const timeBytes = 6
const hashBytes = 32

/**
 * Sign-ins to the pages for people, in a cookie and nowhere else: which token it was, by its hash, and until when, encrypted with
 * a key of the server. So it is no token for the API, nobody can make one or read one without the key, it ends with its
 * token, and every thread and every server with the same key understands it.
 */
export class SignIns {
  readonly #key: Uint8Array
  readonly #wallMs: () => Millis
  /** Servers with other keys, on other ports of the same host say, use other names: none signs the reader out of another. */
  readonly #name: string

  /** @param key 32 bytes */
  constructor(key: Uint8Array, wallMs: () => Millis) {
    this.#key = key
    this.#wallMs = wallMs
    this.#name = nameStart + createHmac('sha256', key).update('name of the cookie').digest('hex').slice(0, 8)
  }

  /**
   * The headers `Set-Cookie` for a reader who has shown this token.
   *
   * @param isSecure the reader came by https, and so does the cookie
   */
  cookiesFor(tokenHash: string, { headers }: IncomingMessage, isSecure: boolean): string[] {
    const traits = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
    const others = cookiesOf(headers.cookie).filter(
      ([name]) => name.startsWith(nameStart) && name !== this.#name,
    )
    return [
      `${this.#name}=${this.#seal(tokenHash)}; Max-Age=${validMs / 1000}; ${traits}`,
      ...others.slice(othersMax).map(([name]) => `${name}=; Max-Age=0; ${traits}`),
    ]
  }

  /** The hash of the token with which the reader has signed in; null when nobody has, or not lately. */
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
      // More than was ever given: somebody set the clock back, and nobody knows how long it was.
      return leftMs > 0 && leftMs <= validMs ? content.toString('hex', timeBytes) : null
    } catch {
      return null
    }
  }
}

function cookiesOf(header: string | undefined): [name: string, value: string][] {
  return (header ?? '').split(';').flatMap((text) => {
    const equals = text.indexOf('=')
    return equals === -1 ? [] : [[text.slice(0, equals).trim(), text.slice(equals + 1).trim()]]
  })
}
