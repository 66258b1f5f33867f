/**
 * Makes a text of unknown origin safe for a terminal. Characters that move the cursor, change colours or
 * change the direction of writing are replaced, so that a name cannot look like something else.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD')
}
