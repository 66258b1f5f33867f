import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { textOf } from '../state/messages.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

/** A refusal that a field of the form shows already. */
export class ShownAtField extends Error {}

interface FormDialogProps {
  readonly title: string
  readonly children: ComponentChildren
  /** What the button says that does it. */
  readonly submit: string
  readonly isDangerous?: boolean | undefined
  /** Whether it can be done as it is filled in. */
  readonly isReady: boolean
  onClose(): void
  /** Does it. What it throws is shown, and the window stays. */
  onSubmit(): Promise<void>
}

/** A window with a form. A refusal shows in it, because nothing behind it can be seen or reached. */
export function FormDialog(props: FormDialogProps) {
  const { title, children, submit, isDangerous = false, isReady, onClose, onSubmit } = props
  const [problem, setProblem] = useState<string | null>(null)
  const [isRunning, setIsRunning] = useState(false)

  async function run(): Promise<void> {
    setIsRunning(true)
    setProblem(null)
    try {
      await onSubmit()
    } catch (error) {
      if (!(error instanceof ShownAtField)) setProblem(textOf(error))
      setIsRunning(false)
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isRunning) void run()
        }}
      >
        <h2>{title}</h2>
        {children}
        {problem !== null && (
          <p class="problem wrap" role="alert">
            {problem}
          </p>
        )}
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind={isDangerous ? 'main danger' : 'main'}
            isDisabled={!isReady || isRunning}
          >
            {submit}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
