/** A token that this server made: it begins with this prefix, wherever it stands. */
const ownToken = /headlock_[A-Za-z0-9]+/g
/** `token=…`, `"token": …`, also encoded once or more: all behind it, since a + in a token is read as a space. */
const namedToken = /(token)((?:"|'|%22)?\s*(?:[=:]|%(?:25)*3[ad])+\s*(?:"|'|%22)?)[^"',;]*/gi
const bearer = /(bearer)(?:\s|\+|%(?:25)*20)+[^"',;]+/gi
/** `http://TOKEN@host/`. */
const userOfUrl = /(\/\/|%2f%2f)[^"']*(?:@|%(?:25)*40)/gi
/** No message needs more of what a caller sent, and all that is looked for above is found in no time. */
const lengthMax = 500

/**
 * What a caller sent, as a message or a line in the log may repeat it: people put tokens into all kinds of places, and
 * messages are kept in logs of all kinds. What was left out is shown by an ellipsis.
 */
export function withoutTokens(text: string): string {
  const short = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text
  return short
    .replace(ownToken, '…')
    .replace(namedToken, '$1$2…')
    .replace(bearer, '$1 …')
    .replace(userOfUrl, '$1…@')
}

/** For everything that people get to read of addresses of databases: a text may repeat what was typed. */
export function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^\s:@/]*):(?!PASSWORD@HOST)\S*@/g, '$1:***@')
    .replace(/\b(password=)[^\s&"']*/gi, '$1***')
}
