import { useValue, Value } from './value.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'headlock-theme'
const theme = new Value<Theme>(read())
theme.listen(apply)
apply(theme.get())

export function useTheme(): Theme {
  return useValue(theme)
}

export function setTheme(next: Theme): void {
  try {
    localStorage.setItem(key, next)
  } catch {
    // The browser keeps nothing for this site. The choice holds until the page is loaded again.
  }
  theme.set(next)
}

/** Calls back when colours may have changed. @returns ends it */
export function onColours(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', listener)
  const end = theme.listen(listener)
  return () => {
    system.removeEventListener('change', listener)
    end()
  }
}

function read(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem(key)) ?? 'system'
  } catch {
    return 'system'
  }
}

function apply(next: Theme): void {
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
}
