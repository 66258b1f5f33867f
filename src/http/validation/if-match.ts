import { Type } from 'typebox'
import { invalidInput } from '../errors/errors.ts'

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description:
        'The `version` of the policy that this call replaces. If the queue has another one by now, the call is ' +
        'refused with 412. Left out, or `*`: any version.',
      examples: ['"3"'],
    }),
  ),
})

/**
 * The version in the header `If-Match`, with or without quotes (13.1). Proxies that compress may mark it as
 * weak. Null: any version.
 */
export function versionIn(header: string | undefined): number | null {
  const text = header?.trim() ?? '*'
  if (text === '*') return null
  const digits = /^(?:W\/)?"(\d{1,15})"$|^(\d{1,15})$/.exec(text)
  if (digits !== null) return Number(digits[1] ?? digits[2])
  throw invalidInput('the header If-Match must name one version of the policy, as in If-Match: "3"')
}
