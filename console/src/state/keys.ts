import { useEffect, useRef } from 'preact/hooks'

type Keys = Readonly<Record<string, () => void>>

/** How long the second key of a pair may take. */
const pairMsMax = 1200
/** The first keys of pairs. */
const firstKeys = new Set(['g'])

/** Listens to keys while the component is shown: `/`, `j`, or a pair such as `g q`. Not while somebody types a text. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    let first = ''
    let firstAt = 0
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key !== 'Escape' && isTyping(event.target)) return
      if (event.key !== 'Escape' && document.querySelector('dialog[open]') !== null) return
      const isPair = first !== '' && event.timeStamp - firstAt < pairMsMax
      const name = isPair ? `${first} ${event.key}` : event.key
      first = firstKeys.has(event.key) && !isPair ? event.key : ''
      firstAt = event.timeStamp
      const run = latest.current[name]
      if (run === undefined) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox'
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  )
}
