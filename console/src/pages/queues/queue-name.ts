export interface NamedQueue {
  readonly id: string
  readonly name: string | null
  readonly title?: string | null
}

/** How the console calls a queue. An unnamed one has its title, or its ID. */
export function nameOf({ name, title, id }: NamedQueue): string {
  return name || title || id
}
