import type { ComponentChildren } from 'preact'
import type { RequestItem } from '../../../api/shapes.ts'
import { countText } from '../../../format/numbers.ts'
import { visibleText } from '../../../format/visible.ts'
import { JsonView } from '../../../parts/json-view.tsx'
import { Time } from '../../../parts/time.tsx'

/** Fields with a place of their own, so that they are not among the others. */
const ownPlace = new Set(['url', 'state', 'errorMessages', 'userData', 'headers', 'payload'])
const textLengthMax = 20_000
const errorsMax = 50
const timeFields = new Set(['handledAt', 'lockExpiresAt', 'availableAt', 'addedAt', 'createdAt'])
const titles: Readonly<Record<string, string>> = {
  id: 'ID',
  uniqueKey: 'Unique key',
  method: 'Method',
  retryCount: 'Retries',
  noRetry: 'No retry',
  loadedUrl: 'Loaded URL',
  handledAt: 'Handled',
  lockExpiresAt: 'Lock ends',
  lockByClient: 'Held by',
  availableAt: 'Available',
}

/** All fields of a request. @param request without its credentials, unless the reader wants to see them */
export function RequestFields({ request }: { readonly request: RequestItem }) {
  const { errorMessages = [], userData = {}, headers = {}, payload } = request
  const plain = Object.entries(request).filter(([name, value]) => !ownPlace.has(name) && value !== undefined)
  return (
    <>
      <dl class="facts">
        {plain.map(([name, value]) => (
          <div key={name}>
            <dt>{titles[name] ?? name}</dt>
            <dd class="wrap">
              <bdi>{fieldText(name, value)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {errorMessages.length > 0 && (
        <Part title={errorsTitle(errorMessages.length)}>
          {errorMessages.slice(-errorsMax).map((message, index) => (
            // The same message may be there twice.
            <pre key={index} class="error-text">
              {longText(String(message))}
            </pre>
          ))}
        </Part>
      )}
      {Object.keys(userData).length > 0 && (
        <Part title="User data">
          <JsonView value={userData} label="User data" />
        </Part>
      )}
      {Object.keys(headers).length > 0 && (
        <Part title="Headers">
          <JsonView value={headers} label="Headers" />
        </Part>
      )}
      {payload !== undefined && (
        <Part title="Payload">
          <JsonView value={parsed(payload)} label="Payload" />
        </Part>
      )}
    </>
  )
}

function errorsTitle(count: number): string {
  if (count === 1) return 'Error'
  return count > errorsMax ? `The last ${errorsMax} of ${countText(count)} errors` : `${count} errors`
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="request-part">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function fieldText(name: string, value: unknown): ComponentChildren {
  if (typeof value === 'string') return timeFields.has(name) ? <Time at={value} /> : longText(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return longText(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

/** What it is, and no more of it than a browser shows without a pause. What is copied has everything. */
function longText(text: string): string {
  const more = text.length - textLengthMax
  const shown = visibleText(text.slice(0, textLengthMax))
  return more > 0 ? `${shown} … and ${countText(more)} more characters` : shown
}

/** A payload is text, and often JSON. */
function parsed(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload
  try {
    return JSON.parse(payload)
  } catch {
    return payload
  }
}
