/** Policies as callers send them, and what they mean. This reads them on its own, so that a misread field shows. */
import { emptyPolicy, type Policy } from '../../src/domain/policy/policy.ts'

export interface PolicyDocument {
  readonly groupBy?: 'host' | 'domain'
  readonly rules?: readonly {
    readonly hosts: readonly string[]
    readonly concurrency?: number
    readonly delaySecs?: number
    readonly paused?: boolean
  }[]
  readonly adaptive?: { readonly maxDelaySecs: number }
  readonly retry?: { readonly initialSecs: number; readonly factor: number; readonly maxSecs: number }
  readonly revisit?: readonly { readonly hosts: readonly string[]; readonly afterSecs: number }[]
  readonly priorities?: readonly (
    | { readonly hosts: readonly string[]; readonly priority: number }
    | { readonly label: string; readonly priority: number }
  )[]
  readonly lockExpiriesMax?: number
  readonly paused?: boolean
  readonly history?: boolean
}

/** Sections 13.1 to 13.13 of the rules. */
export function policyFrom(document: PolicyDocument): Policy {
  const { groupBy, rules, adaptive, retry, revisit, priorities, lockExpiriesMax, paused, history } = document
  return {
    ...emptyPolicy,
    groupBy: groupBy ?? null,
    rules: (rules ?? []).map(({ hosts, concurrency, delaySecs, paused }) => {
      const delayMs = millis(delaySecs ?? 0)
      return {
        hosts,
        concurrency: concurrency ?? (delayMs > 0 ? 1 : null),
        delayMs,
        isPaused: paused ?? false,
      }
    }),
    adaptiveMaxDelayMs: adaptive === undefined ? null : millis(adaptive.maxDelaySecs),
    retry:
      retry === undefined
        ? null
        : { initialMs: millis(retry.initialSecs), factor: retry.factor, maxMs: millis(retry.maxSecs) },
    revisit: (revisit ?? []).map(({ hosts, afterSecs }) => ({ hosts, afterMs: millis(afterSecs) })),
    priorities: priorities ?? [],
    lockExpiriesMax: lockExpiriesMax ?? null,
    isPaused: paused ?? false,
    keepsHistory: history ?? false,
  }
}

/** The same without any pause, and without requests that come again and again. */
export function unpaused(document: PolicyDocument): PolicyDocument {
  const { paused: _, revisit: __, rules, ...rest } = document
  if (rules === undefined) return rest
  return { ...rest, rules: rules.map(({ paused: _, ...rule }) => rule) }
}

function millis(secs: number): number {
  return Math.ceil(secs * 1000)
}
