import { useRef } from 'preact/hooks'
import { useKeys } from '../state/keys.ts'
import { useTyped } from '../state/use-typed.ts'
import { Icon } from './icons.tsx'

interface SearchBoxProps {
  readonly label: string
  readonly value: string
  onSearch(text: string): void
}

const pauseMs = 200

/** A field for a search. `/` goes to it, Escape leaves it. It searches when the typing pauses. */
export function SearchBox({ label, value, onSearch }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null)
  const { text, type } = useTyped(value, pauseMs, onSearch)
  useKeys({
    '/': () => {
      input.current!.focus()
      input.current!.select()
    },
  })
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      {text === '' && (
        <span class="kbd" aria-hidden="true">
          /
        </span>
      )}
    </div>
  )
}
