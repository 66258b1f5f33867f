/**
 * Signs that change how the text around them is shown, and that nobody sees: controls, marks and overrides of the direction, signs
 * without a width. Those that join the parts of an emoji stay.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are meant
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** The text with its unseen signs written out, as JSON does it: what somebody reads is then what is there, in its order. */
export function visibleText(text: string): string {
  return text.replace(unseen, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
