import { randomBytes } from 'node:crypto'

/** What the server lets browsers do. All of it can be handed to another thread. */
export interface BrowserOptions {
  /** Names beside those of loopback by which the server may be called; null: any name. */
  readonly hosts: readonly string[] | null
  /** Origins whose pages may call the API, `*` for all; null: none. */
  readonly corsOrigins: readonly string[] | null
  /** Whether a call with `?token=` is refused. */
  readonly noQueryToken: boolean
  /** 32 bytes. Servers that have the same one share their sign-ins. */
  readonly signInKey: Uint8Array
}

/** Any name, no other site, and sign-ins of this server alone. */
export function defaultBrowserOptions(): BrowserOptions {
  return { hosts: null, corsOrigins: null, noQueryToken: false, signInKey: randomBytes(32) }
}
