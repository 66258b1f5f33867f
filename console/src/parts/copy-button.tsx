import { useRef, useState } from 'preact/hooks'
import { say } from '../state/messages.ts'
import { Button } from './button.tsx'

interface CopyButtonProps {
  /** The text, or what makes it when it is wanted. */
  readonly text: string | (() => string)
  readonly label: string
  /** Shown in the button. Without it, the button is a sign. */
  readonly children?: string
}

/** Copies a text. The button says for a moment that it did. */
export function CopyButton({ text, label, children }: CopyButtonProps) {
  const [isCopied, setIsCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  async function copy(): Promise<void> {
    if (await copyText(typeof text === 'string' ? text : text())) {
      setIsCopied(true)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => setIsCopied(false), 1500)
    } else say('The browser did not allow to copy.', true)
  }
  return (
    <Button
      icon="copy"
      isSmall
      kind={children === undefined ? 'plain' : undefined}
      label={children === undefined ? (isCopied ? 'Copied' : label) : undefined}
      hint={label}
      onClick={() => void copy()}
    >
      {children !== undefined && (isCopied ? 'Copied' : children)}
    </Button>
  )
}

/** Browsers give the clipboard to pages of HTTPS and of this machine only. Others can still copy a selection. */
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  const isDone = document.execCommand('copy')
  area.remove()
  return isDone
}
