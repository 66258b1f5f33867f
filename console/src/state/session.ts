import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Session } from '../api/shapes.ts'

/** Who is signed in. */
export const SessionContext = createContext<Session | null>(null)

/** Whether the reader may change anything. Nothing that changes something is shown otherwise. */
export function useMayWrite(): boolean {
  return useContext(SessionContext)?.mayWrite === true
}
