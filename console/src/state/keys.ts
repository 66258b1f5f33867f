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
      // On many keyboards, brackets are typed with AltGr, which browsers tell as Ctrl and Alt.
      const isCommand = event.ctrlKey || event.metaKey || event.altKey
      if (event.defaultPrevented || (isCommand && !event.getModifierState('AltGraph'))) return
      // What is above the page has the keys to itself, Escape too.
      if (document.querySelector('dialog[open], details.menu[open]') !== null) return
      if (isTyping(event.target)) {
        if (event.key === 'Escape') event.target.blur()
        return
      }
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

function isTyping(target: EventTarget | null): target is HTMLElement {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox'
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  )
}
