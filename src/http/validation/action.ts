import { type Action, type ActionName, actionNames } from '../../domain/actions/actions.ts'
import { limits } from '../../domain/limits.ts'
import { printable } from '../../domain/printable.ts'
import type { Selection } from '../../store/params/jobs.ts'
import { invalidInput } from '../errors/errors.ts'
import { momentForms, momentOf } from './moment.ts'

/** What the body of an action says (14.5). */
export interface AskedAction {
  readonly action: Action
  readonly selection: Selection
  readonly isDryRun: boolean
}

const actionFields = ['action', 'ids', 'filter', 'dryRun', 'keepErrors', 'availableAt']
const forkFields = ['name', 'ids', 'filter']

/**
 * Reads the body of an action. Unlike a request it may have no other members: an action that is misread changes what nobody
 * meant. Null and a missing member are the same.
 *
 * @throws HeadlockError `invalidInput` that names the member
 */
export function actionIn(body: unknown): AskedAction {
  const { action, dryRun, keepErrors, availableAt, ...rest } = membersOf(body, actionFields)
  const name = actionNames.find((each) => each === action)
  if (name === undefined) throw invalidInput(`action must be one of ${actionNames.join(', ')}`)
  const keepsErrors = flagIn(keepErrors, 'keepErrors')
  if (keepsErrors && name !== 'giveBack') throw invalidInput('keepErrors goes with giveBack only')
  return {
    action: { name, keepsErrors, availableAt: availableAtIn(name, availableAt) },
    selection: selectionIn(rest, 'ids or filter is needed: which requests are meant. {} is a filter for all'),
    isDryRun: flagIn(dryRun, 'dryRun'),
  }
}

/** @throws HeadlockError `invalidInput` that names the member */
export function forkIn(body: unknown): { readonly name: string; readonly selection: Selection } {
  const { name, ...rest } = membersOf(body, forkFields)
  if (typeof name !== 'string') throw invalidInput('name must be a text: the name of the new queue')
  return { name, selection: hasNone(rest) ? { all: true } : selectionIn(rest, '') }
}

function availableAtIn(name: ActionName, value: unknown): number | null {
  if (name !== 'schedule') {
    if (value == null) return null
    throw invalidInput('availableAt goes with schedule only')
  }
  const moment = momentOf(value)
  if (moment === null) throw invalidInput(`availableAt must be ${momentForms}`)
  return moment
}

interface Selecting {
  readonly ids?: unknown
  readonly filter?: unknown
}

function hasNone({ ids, filter }: Selecting): boolean {
  return ids == null && filter == null
}

function selectionIn({ ids, filter }: Selecting, missing: string): Selection {
  if (hasNone({ ids, filter })) throw invalidInput(missing)
  if (ids != null && filter != null) throw invalidInput('ids and filter were both given: give one of them')
  if (ids == null) {
    membersOf(filter, [], 'filter')
    return { all: true }
  }
  const { actionIdsMax } = limits
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > actionIdsMax) {
    throw invalidInput(`ids must be a list of 1 to ${actionIdsMax} IDs of requests`)
  }
  const wrong = ids.findIndex((id: unknown) => typeof id !== 'string')
  if (wrong >= 0) throw invalidInput(`ids[${wrong}] must be a text: the ID of a request`)
  return { requestIds: [...new Set(ids as string[])] }
}

function flagIn(value: unknown, name: string): boolean {
  if (value == null) return false
  if (typeof value !== 'boolean') throw invalidInput(`${name} must be true or false`)
  return value
}

/** Clients in PHP send an empty object as an empty list. */
function membersOf(value: unknown, names: readonly string[], what = 'the body'): Record<string, unknown> {
  if (Array.isArray(value) && value.length === 0) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput(`${what} must be an object`)
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown === undefined) return value as Record<string, unknown>
  const allowed = names.length === 0 ? 'it has none' : `allowed are ${names.join(', ')}`
  throw invalidInput(`${printable(unknown.slice(0, 100))} is not a member of ${what}: ${allowed}`)
}
