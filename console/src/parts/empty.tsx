import type { ComponentChildren } from 'preact'
import { CopyButton } from './copy-button.tsx'

interface EmptyProps {
  readonly title: string
  readonly children?: ComponentChildren
  /** A command that a reader may paste into a shell. */
  readonly command?: string
}

/** What stands where there is nothing yet, and how something comes there. */
export function Empty({ title, children, command }: EmptyProps) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children !== undefined && <p>{children}</p>}
      {command !== undefined && <Command text={command} />}
    </div>
  )
}

export function Command({ text }: { readonly text: string }) {
  return (
    <div class="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command scrolls, by keyboard too */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} label="Copy the command">
        Copy
      </CopyButton>
    </div>
  )
}
