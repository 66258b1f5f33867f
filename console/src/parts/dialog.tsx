import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  readonly isWide?: boolean
  onClose(): void
}

/** A window above the page. Escape and a click beside it close it. The focus then is where it was before. */
export function Dialog({ title, children, isWide = false, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  /** A selection of text that ends beside the window is no click there. */
  const isDownBeside = useRef(false)
  useEffect(() => {
    const before = document.activeElement
    dialog.current!.showModal()
    return () => {
      if (!(before instanceof HTMLElement)) return
      // A menu has closed since then, and nothing in it can have the focus.
      const menu = before.closest('details:not([open])')
      ;(menu?.querySelector('summary') ?? before).focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      ref={dialog}
      class={`dialog ${isWide ? 'is-wide' : ''}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        isDownBeside.current = event.target === dialog.current
      }}
      onClick={(event) => {
        if (event.target === dialog.current && isDownBeside.current) onClose()
      }}
    >
      {children}
    </dialog>
  )
}
