/**
 * Encodes text for PostgreSQL, which stores every character but NUL. Callers may send NUL, so it is written
 * with the escape character U+0001. Nearly no value contains either character, and all others are stored
 * unchanged. The encoding is unique, so the database can compare encoded texts.
 */
const escapeCharacter = '\u0001'
const escapedNul = '\u0001\u0002'

/** Encodes a text for the database. */
export function toText<Value extends string | null>(value: Value): Value {
  if (value === null || (!value.includes('\0') && !value.includes(escapeCharacter))) return value
  return value
    .replaceAll(escapeCharacter, escapeCharacter + escapeCharacter)
    .replaceAll('\0', escapedNul) as Value
}

/** Decodes a text of the database. */
export function fromText<Value extends string | null>(stored: Value): Value {
  if (stored === null || !stored.includes(escapeCharacter)) return stored
  // No part between two escaped escape characters contains one, so every remaining escape stands for NUL.
  return stored
    .split(escapeCharacter + escapeCharacter)
    .map((part) => part.replaceAll(escapedNul, '\0'))
    .join(escapeCharacter) as Value
}
