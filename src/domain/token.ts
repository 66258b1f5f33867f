import { hash } from 'node:crypto'

/** The hash of a token: SHA-256, hexadecimal. Only the hash is stored and looked up, never the token. */
export function tokenHashOf(token: string): string {
  return hash('sha256', token, 'hex')
}
