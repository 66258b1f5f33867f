/**
 * A text of unknown origin, for a terminal: what would move the cursor, change colours or turn the direction of writing is
 * replaced, so that a name cannot look like something else.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD')
}
