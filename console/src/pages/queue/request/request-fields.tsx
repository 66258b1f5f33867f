import type { ComponentChildren } from 'preact'
import type { RequestItem } from '../../../api/shapes.ts'
import { JsonView } from '../../../parts/json-view.tsx'
import { Time } from '../../../parts/time.tsx'

/** Fields with a place of their own, so that they are not among the others. */
const ownPlace = new Set(['url', 'state', 'errorMessages', 'userData', 'headers', 'payload'])
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
            <dd class="wrap">{fieldText(name, value)}</dd>
          </div>
        ))}
      </dl>
      {errorMessages.length > 0 && (
        <Part title={errorMessages.length === 1 ? 'Error' : `${errorMessages.length} errors`}>
          {errorMessages.map((message, index) => (
            // The same message may be there twice.
            <pre key={index} class="error-text">
              {String(message)}
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

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="request-part">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function fieldText(name: string, value: unknown): ComponentChildren {
  if (typeof value === 'string') return timeFields.has(name) ? <Time at={value} /> : value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
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
