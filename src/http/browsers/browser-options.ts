import { randomBytes } from 'node:crypto'

/** What the server allows browsers to do. Can be sent to another thread. */
export interface BrowserOptions {
  /** Allowed host names in addition to those of loopback. Null allows any name. */
  readonly hosts: readonly string[] | null
  /** Origins whose pages may call the API, or `*` for all. Null allows none. */
  readonly corsOrigins: readonly string[] | null
  /** Whether a call with `?token=` is refused. */
  readonly noQueryToken: boolean
  /** 32 bytes. Servers with the same key accept each other's sign-ins. */
  readonly signInKey: Uint8Array
}

/** Allows any host name and no other site. Sign-ins are valid on this server only. */
export function defaultBrowserOptions(): BrowserOptions {
  return { hosts: null, corsOrigins: null, noQueryToken: false, signInKey: randomBytes(32) }
}
