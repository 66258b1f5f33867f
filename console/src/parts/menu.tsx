import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'

/** Further actions behind a button. A click anywhere, and Escape, close it. */
export function Menu({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    // The reference is gone before the listeners are.
    const details = menu.current!
    const summary = details.querySelector('summary')!
    function onClick(event: MouseEvent): void {
      if (!summary.contains(event.target as Node)) details.open = false
    }
    function onKey(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || !details.open) return
      event.preventDefault()
      details.open = false
      summary.focus()
    }
    document.addEventListener('click', onClick)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('click', onClick)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <details class="menu" ref={menu}>
      <summary class="button is-plain" aria-label={label} title={label}>
        <Icon name="more" />
      </summary>
      <div class="menu-items">{children}</div>
    </details>
  )
}
