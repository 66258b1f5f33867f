import { useEffect, useRef, useState } from 'preact/hooks'

interface Typed {
  readonly text: string
  type(text: string): void
}

/**
 * A text that takes effect when the typing pauses. What is typed meanwhile stays: the value that comes back is older.
 *
 * @param value as the address has it
 * @param onPause gets it without spaces at its ends
 */
export function useTyped(value: string, pauseMs: number, onPause: (text: string) => void): Typed {
  const [text, setText] = useState(value)
  const own = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (value === own.current) return
    // Somebody went back, or cleared the filter.
    clearTimeout(timer.current)
    own.current = value
    setText(value)
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    text,
    type: (next) => {
      setText(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        own.current = next.trim()
        onPause(own.current)
      }, pauseMs)
    },
  }
}
