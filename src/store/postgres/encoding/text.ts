/**
 * PostgreSQL's text holds every character but NUL, and callers may send it. Where a value has one, it is written with the
 * character U+0001 as an escape; nearly no value has either, and goes as it is. Two texts are the same stored exactly
 * when they are the same, so the database may compare them.
 */
const escapeCharacter = '\u0001'
const escapedNul = '\u0001\u0002'

/** As the database keeps it. */
export function toText<Value extends string | null>(value: Value): Value {
  if (value === null || (!value.includes('\0') && !value.includes(escapeCharacter))) return value
  return value
    .replaceAll(escapeCharacter, escapeCharacter + escapeCharacter)
    .replaceAll('\0', escapedNul) as Value
}

/** As it was given. */
export function fromText<Value extends string | null>(stored: Value): Value {
  if (stored === null || !stored.includes(escapeCharacter)) return stored
  // What stands between two escapes has none, so no pair is taken for another.
  return stored
    .split(escapeCharacter + escapeCharacter)
    .map((part) => part.replaceAll(escapedNul, '\0'))
    .join(escapeCharacter) as Value
}
