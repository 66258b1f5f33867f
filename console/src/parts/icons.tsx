/** The few signs of the console: lines on a grid of 16. */
const paths = {
  search: 'M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM11 11l3.500 3.500',
  plus: 'M8 3v10M3 8h10',
  copy: 'M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z',
  close: 'M4 4l8 8M12 4l-8 8',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  play: 'M5 3.500v9l7-4.500z',
  open: 'M9 2.500h4.500V7M13.500 2.500 7.500 8.500M6.500 3.500h-4v10h10v-4',
  theme: 'M8 1.500v13a6.500 6.500 0 0 0 0-13ZM8 14.500a6.500 6.500 0 0 1 0-13',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }) {
  const strokeWidth = name === 'more' ? 2.5 : 1.5
  return (
    <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={paths[name]}
        fill={name === 'theme' ? 'currentColor' : 'none'}
        fill-opacity={name === 'theme' ? 0.35 : undefined}
        stroke="currentColor"
        stroke-width={strokeWidth}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}

export function Logo() {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#1f4fd8" />
      <path
        d="M10 14v-2.500a6 6 0 0 1 12 0V14"
        fill="none"
        stroke="#fff"
        stroke-width="2.600"
        stroke-linecap="round"
      />
      <rect x="8" y="14" width="16" height="3" rx="1.500" fill="#fff" />
      <rect x="8" y="19" width="12" height="3" rx="1.500" fill="#fff" opacity=".75" />
      <rect x="8" y="24" width="7" height="3" rx="1.500" fill="#fff" opacity=".5" />
    </svg>
  )
}
