/**
 * Whether the URL standard reads a text as an absolute http or https URL (rule 9.8), also with white space around it or with
 * missing slashes. Clients check no more before they send a batch, and one refused URL fails its whole batch.
 */
export function isHttpUrl(text: string): boolean {
  // Nearly all URLs begin like this, and need no full check.
  if (/^https?:/i.test(text)) return URL.canParse(text)
  const protocol = URL.parse(text)?.protocol
  return protocol === 'http:' || protocol === 'https:'
}
