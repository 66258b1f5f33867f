import { dismiss, messages } from '../state/messages.ts'
import { useValue } from '../state/value.ts'
import { Button } from './button.tsx'

export function Toasts() {
  const shown = useValue(messages)
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, isProblem }) => (
        <div key={id} class={`toast ${isProblem ? 'is-problem' : ''}`}>
          <div class="row">
            <span class="grow">{text}</span>
            <Button icon="close" kind="plain" isSmall label="Dismiss" onClick={() => dismiss(id)} />
          </div>
        </div>
      ))}
    </div>
  )
}
