/** Short messages in the corner: what was done, and what was refused. */
import { ApiError } from '../api/call.ts'
import { Value } from './value.ts'

export interface Message {
  readonly id: number
  readonly text: string
  readonly isProblem: boolean
}

export const messages = new Value<readonly Message[]>([])

const shownMs = 6000
let nextId = 1

export function say(text: string, isProblem = false): void {
  const id = nextId++
  messages.set([...messages.get().slice(-3), { id, text, isProblem }])
  setTimeout(() => dismiss(id), isProblem ? 2 * shownMs : shownMs)
}

export function dismiss(id: number): void {
  messages.set(messages.get().filter((message) => message.id !== id))
}

/** Runs something that calls the API, and says what went wrong. @returns whether it worked */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    say(textOf(error), true)
    return false
  }
}

export function textOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof Error) return error.message
  return String(error)
}
