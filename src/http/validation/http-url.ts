/**
 * Whether the URL standard reads a text as an absolute http or https URL (rule 9.8): white space around it and missing
 * slashes included. Clients check no more than that before they send a batch, and one URL that is refused takes its batch
 * along.
 */
export function isHttpUrl(text: string): boolean {
  // Nearly all begin with it, and need no second look.
  if (/^https?:/i.test(text)) return URL.canParse(text)
  const protocol = URL.parse(text)?.protocol
  return protocol === 'http:' || protocol === 'https:'
}
