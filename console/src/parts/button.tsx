import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

interface ButtonProps {
  readonly children?: ComponentChildren
  readonly onClick?: (() => void) | undefined
  readonly icon?: IconName | undefined
  /** What a button without a text does. */
  readonly label?: string | undefined
  readonly kind?: 'main' | 'plain' | 'danger' | 'main danger' | undefined
  readonly isSmall?: boolean
  readonly isDisabled?: boolean
  readonly type?: 'button' | 'submit'
  /** Shown while the pointer is over the button. */
  readonly hint?: string | undefined
}

export function Button({
  children,
  onClick,
  icon,
  label,
  kind,
  isSmall = false,
  isDisabled = false,
  type = 'button',
  hint = label,
}: ButtonProps) {
  const kinds = (kind ?? '')
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => `is-${each}`)
  return (
    <button
      type={type}
      class={['button', ...kinds, ...(isSmall ? ['is-small'] : [])].join(' ')}
      onClick={onClick}
      disabled={isDisabled}
      aria-label={label}
      title={hint}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}
