import { useValue, Value } from './value.ts'

/** The time in milliseconds, a second at a time. One timer serves the whole page. */
const now = new Value(Date.now())
setInterval(() => {
  if (!document.hidden) now.set(Date.now())
}, 1000)
document.addEventListener('visibilitychange', () => now.set(Date.now()))

export function useNow(): number {
  return useValue(now)
}
