import type { Millis } from '../../domain/time.ts'

export interface User {
  readonly id: string
  readonly username: string
  readonly createdAt: Millis
}

export interface NewToken {
  readonly userId: string
  /** SHA-256 of the token, hexadecimal. */
  readonly tokenHash: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
}

export interface Token {
  readonly id: string
  readonly userId: string
  readonly label: string | null
  readonly runId: string | null
  readonly readOnly: boolean
  readonly createdAt: Millis
}
