const grouped = new Intl.NumberFormat('en-US')
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const oneDigit = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** With groups of digits. */
export function countText(value: number): string {
  return grouped.format(value)
}

/** Short where the number is long: for places that are narrow. */
export function shortCount(value: number): string {
  return value < 100_000 ? grouped.format(value) : compact.format(value)
}

/** Something per second. */
export function rateText(perSec: number): string {
  if (perSec === 0) return '0'
  if (perSec < 0.05) return '<0.1'
  return perSec < 100 ? oneDigit.format(perSec) : grouped.format(Math.round(perSec))
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const

export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : oneDigit.format(value)} ${byteUnits[power]}`
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${countText(value)} ${value === 1 ? one : many}`
}

export function msText(ms: number): string {
  if (ms >= 1000) return `${oneDigit.format(ms / 1000)} s`
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`
}
