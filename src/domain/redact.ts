/** A token that this server created. It begins with this prefix, wherever it is in the text. */
const ownToken = /headlock_[A-Za-z0-9]+/g
/**
 * `token=…`, `"token": …`, also when encoded once or more. Everything after it is left out, because a + in a
 * token is read as a space.
 */
const namedToken = /(token)((?:"|'|%22)?\s*(?:[=:]|%(?:25)*3[ad])+\s*(?:"|'|%22)?)[^"',;]*/gi
const bearer = /(bearer)(?:\s|\+|%(?:25)*20)+[^"',;]+/gi
/** `http://TOKEN@host/`. */
const userOfUrl = /(\/\/|%2f%2f)[^"']*(?:@|%(?:25)*40)/gi
/** No message needs more of what a caller sent. It also bounds the time of the searches above. */
const lengthMax = 500

/**
 * What a caller sent, in the form in which a message or the log may repeat it. People put tokens in all kinds
 * of places, and messages end up in logs. An ellipsis shows where something was left out.
 */
export function withoutTokens(text: string): string {
  const short = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text
  return short
    .replace(ownToken, '…')
    .replace(namedToken, '$1$2…')
    .replace(bearer, '$1 …')
    .replace(userOfUrl, '$1…@')
}

/**
 * Hides passwords in addresses of databases. Use it for every text that people see, because a text may repeat
 * what was typed.
 */
export function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^\s:@/]*):(?!PASSWORD@HOST)\S*@/g, '$1:***@')
    .replace(/\b(password=)[^\s&"']*/gi, '$1***')
}
