import { hash, randomInt } from 'node:crypto'
import { limits } from './limits.ts'

/**
 * The ID of a request: the first 15 characters of base64(SHA-256(uniqueKey)) without `+`, `/` and `=` (rule
 * 2.2). Clients compute it themselves, so it cannot be anything else. A lone surrogate counts as U+FFFD, as
 * in the UTF-8 that every client hashes.
 */
export function requestIdOf(uniqueKey: string): string {
  return hash('sha256', uniqueKey, 'base64').replace(/[+/=]/g, '').slice(0, limits.requestIdLength)
}

/** A random ID of 17 characters A-Z a-z 0-9, for queues, users, tokens and clients that gave no key (rule 7.6). */
export function randomId(): string {
  return randomText(limits.randomIdLength)
}

const randomCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random text of characters A-Z a-z 0-9 from a secure source, so it is fit for secrets too. */
export function randomText(length: number): string {
  let text = ''
  for (let index = 0; index < length; index++) text += randomCharacters[randomInt(randomCharacters.length)]
  return text
}
