/** Hides credentials in what is shown of a request. */
const secretName = /authorization|cookie|token|secret|passw|credential|api[-_]?key|session|signature/i

export const mask = '••••••'

/** A copy of the value with the credentials in it hidden, at any depth. */
export function masked(value: unknown, name = ''): unknown {
  if (secretName.test(name) && value !== null && value !== '' && typeof value !== 'boolean') return mask
  if (typeof value === 'string') return /^https?:\/\//i.test(value) ? maskedUrl(value) : value
  if (Array.isArray(value)) return value.map((each) => masked(each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, key)]))
}

/** Hides the user in a URL, and the values of its query that look like credentials. All else stays as it was sent. */
export function maskedUrl(url: string): string {
  return url
    .replace(/^(\w+:\/\/)[^/?#@]*@/, `$1${mask}@`)
    .replace(/([?&;])([^=&;#]+)=([^&;#]+)/g, (whole, start: string, name: string) =>
      secretName.test(name) ? `${start}${name}=${mask}` : whole,
    )
}
