import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'

/** Further actions behind a button. A click anywhere, and Escape, close it. */
export function Menu({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    function onClick(event: MouseEvent): void {
      const isOnSummary = menu.current!.querySelector('summary')!.contains(event.target as Node)
      if (!isOnSummary) menu.current!.open = false
    }
    function onKey(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || !menu.current!.open) return
      menu.current!.open = false
      menu.current!.querySelector('summary')!.focus()
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
