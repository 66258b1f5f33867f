import { useEffect, useRef, useState } from 'preact/hooks'
import { useKeys } from '../state/keys.ts'
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
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
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
        onInput={({ currentTarget }) => {
          const next = currentTarget.value
          setText(next)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => onSearch(next.trim()), pauseMs)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') input.current!.blur()
        }}
      />
      {text === '' && (
        <span class="kbd" aria-hidden="true">
          /
        </span>
      )}
    </div>
  )
}
