import { Button } from '../../../parts/button.tsx'
import { actionWords, type Choice, forkWords } from './action-names.ts'

interface ChoiceButtonProps {
  readonly choice: Choice
  onChoose(choice: Choice): void
}

export function ChoiceButton({ choice, onChoose }: ChoiceButtonProps) {
  const isDangerous = choice !== 'fork' && actionWords[choice].isDangerous === true
  return (
    <Button
      isSmall
      kind={isDangerous ? 'danger' : undefined}
      hint={choice === 'fork' ? forkWords.hint : undefined}
      onClick={() => onChoose(choice)}
    >
      {choice === 'fork' ? forkWords.button : actionWords[choice].button}
    </Button>
  )
}
