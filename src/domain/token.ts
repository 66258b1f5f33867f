import { hash } from 'node:crypto'

/** What is stored and looked up of a token: its SHA-256, hexadecimal. The token itself is nowhere. */
export function tokenHashOf(token: string): string {
  return hash('sha256', token, 'hex')
}
