import type { ComponentChildren } from 'preact'

interface PanelProps {
  readonly title: string
  /** Beside the title. */
  readonly tools?: ComponentChildren
  readonly children: ComponentChildren
  readonly class?: string
}

export function Panel({ title, tools, children, class: name = '' }: PanelProps) {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  )
}
