import { type Action, type ActionName, actionNames } from '../../domain/actions/actions.ts'
import { type Standing, standings } from '../../domain/insight/standing.ts'
import { limits } from '../../domain/limits.ts'
import { printable } from '../../domain/printable.ts'
import { storedFilter } from '../../store/jobs/stored-filter.ts'
import type { Selection } from '../../store/params/jobs.ts'
import { invalidInput } from '../errors/errors.ts'
import { momentForms, momentOf } from './moment.ts'
import { filterOf } from './request-filter.ts'

/** What the body of an action says (14.5). */
export interface AskedAction {
  readonly action: Action
  readonly selection: Selection
  readonly isDryRun: boolean
}

const actionFields = ['action', 'ids', 'filter', 'dryRun', 'keepErrors', 'availableAt']
const filterNames = ['state', 'url', 'host', 'label', 'error', 'client', 'run', 'retryCountMin']
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
  if (ids == null) return filterIn(filter)
  const { actionIdsMax } = limits
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > actionIdsMax) {
    throw invalidInput(`ids must be a list of 1 to ${actionIdsMax} IDs of requests`)
  }
  const wrong = ids.findIndex((id: unknown) => typeof id !== 'string')
  if (wrong >= 0) throw invalidInput(`ids[${wrong}] must be a text: the ID of a request`)
  return { requestIds: [...new Set(ids as string[])] }
}

/** The same members as in the query of a list (14.4). `state` may be a list. Empty texts are refused: they would mean all requests. */
function filterIn(value: unknown): Selection {
  const { state, retryCountMin, ...texts } = membersOf(value, filterNames, 'filter')
  const given = Object.entries(texts).filter(([, text]) => text != null)
  for (const [name, text] of given) {
    if (typeof text !== 'string' || text === '')
      throw invalidInput(`filter.${name} must be a text that is not empty`)
  }
  if (retryCountMin != null && !(Number.isSafeInteger(retryCountMin) && (retryCountMin as number) >= 0)) {
    throw invalidInput('filter.retryCountMin must be a whole number from 0')
  }
  if (given.length === 0 && state == null && retryCountMin == null) return { all: true }
  const asked = { ...Object.fromEntries(given), retryCountMin: (retryCountMin as number | null) ?? 0 }
  return { filter: storedFilter(filterOf({ ...asked, state: state == null ? undefined : statesIn(state) })) }
}

function statesIn(value: unknown): Standing[] {
  const asked: unknown = typeof value === 'string' ? value.split(',') : value
  const isState = (each: unknown): each is Standing => standings.includes(each as Standing)
  if (Array.isArray(asked) && asked.length > 0 && asked.every(isState)) return asked
  throw invalidInput(`filter.state must be one or more of ${standings.join(', ')}`)
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
  const name = printable(unknown.slice(0, 100))
  throw invalidInput(`${name} is not a member of ${what}: allowed are ${names.join(', ')}`)
}
