import { useEffect, useState } from 'preact/hooks'
import type { Policy, PolicyState } from '../../../api/shapes.ts'

export interface PolicyDraft {
  /** As JSON. */
  readonly text: string
  /** A text says what is wrong with it. */
  readonly parsed: Policy | string
  /** The version that it was begun with. */
  readonly version: number | null
  readonly isChanged: boolean
  /** Whether somebody else has saved another policy since then. */
  readonly isOvertaken: boolean
  setText(text: string): void
  /** Takes the policy as it is stored. */
  undo(): void
  /** Keeps what was changed here, to save it in place of what somebody else has saved. */
  keep(): void
  /** What was changed here is stored now. */
  saved(version: number): void
}

/** The policy while somebody changes it. What somebody has begun to change stays, whatever is saved meanwhile. */
export function usePolicyDraft(policy: PolicyState | null): PolicyDraft {
  const [text, setText] = useState('')
  const [version, setVersion] = useState<number | null>(null)
  const parsed = parsePolicy(text)
  const stored = policy === null ? '' : textOfPolicy(policy.policy)
  const isChanged = policy !== null && version !== null && text !== stored
  function undo(): void {
    setText(stored)
    setVersion(policy?.version ?? null)
  }
  // Only another policy counts.
  useEffect(() => {
    if (policy !== null && !(isChanged && policy.version !== version)) undo()
  }, [policy?.version])
  return {
    text,
    parsed,
    version,
    isChanged,
    isOvertaken: isChanged && policy.version > version,
    setText,
    undo,
    keep: () => setVersion(policy?.version ?? null),
    saved: (next) => {
      setVersion(next)
      if (typeof parsed !== 'string') setText(textOfPolicy(parsed))
    },
  }
}

export function textOfPolicy(policy: Policy): string {
  return JSON.stringify(policy, null, 2)
}

function parsePolicy(text: string): Policy | string {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Policy) : 'A policy is an object: { … }'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
