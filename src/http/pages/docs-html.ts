import type { OpenApi, OpenApiOperation, OpenApiParameter, OpenApiSchema } from '../api/openapi.ts'
import { tags } from '../api/operation.ts'
import { type Html, html, inlineCode, prose } from './html.ts'
import { page } from './page.ts'

interface Operation extends OpenApiOperation {
  readonly method: string
  readonly path: string
}

type Schemas = OpenApi['components']['schemas']

/** Deeper than any answer of this API. It ends the rows of a schema that contains itself. */
const depthMax = 5

/**
 * @param baseUrl the base URL in the examples
 * @param descriptionHref a link to the OpenAPI description
 */
export function docsHtml(
  api: OpenApi,
  { baseUrl, descriptionHref }: { readonly baseUrl: string; readonly descriptionHref: string },
): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => ({ ...operation, method, path })),
  )
  const sections = tags.map((tag) => ({
    tag,
    operations: operations.filter((operation) => operation.tags.includes(tag)),
  }))
  const body = html`
    <header><h1>${api.info.title} <small>${api.info.version}</small></h1>${prose(api.info.description)}
      <p>This page is also available as <a href="${descriptionHref}">OpenAPI 3.1</a>. The examples use the token in <code>APIFY_TOKEN</code>. The first start of the server shows how to set it.</p></header>
    <nav>${sections.map(
      (section) =>
        html`<div><h2>${section.tag}</h2><ul>${section.operations.map(
          ({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`,
        )}</ul></div>`,
    )}</nav>
    <main>${sections.map(
      (section) =>
        html`<h2>${section.tag}</h2>${section.operations.map((operation) =>
          operationHtml(operation, api.components.schemas, baseUrl),
        )}`,
    )}</main>`
  return page(`${api.info.title} API`, body)
}

function operationHtml(operation: Operation, schemas: Schemas, baseUrl: string): Html {
  const { operationId, method, path, summary, parameters = [], requestBody } = operation
  const answers = Object.entries(operation.responses)
  return html`<section id="${operationId}"><h3><a href="#${operationId}">${summary}</a></h3>
    <p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
    ${prose(operation.description)}
    ${parameters.length === 0 ? '' : html`<h4>Parameters</h4><table>${parameters.map(parameterRow)}</table>`}
    ${requestBody === undefined ? '' : html`<h4>Body</h4>${bodyHtml(requestBody.content, schemas)}`}
    <h4>Answers</h4>${answers
      .filter(([status]) => status < '400')
      .map(
        ([status, answer]) =>
          html`<p><b>${status}</b> ${inlineCode(answer.description)}</p>${
            answer.content?.['application/json'] === undefined ? '' : bodyHtml(answer.content, schemas)
          }`,
      )}
    <details><summary>Errors</summary><table>${answers
      .filter(([status]) => status >= '400')
      .map(
        ([status, answer]) => html`<tr><th>${status}</th><td>${prose(answer.description)}</td></tr>`,
      )}</table></details>
    <h4>Example</h4><pre>${curlExample(operation, baseUrl)}</pre></section>`
}

function parameterRow({ in: place, name, required, description = '', schema }: OpenApiParameter): Html {
  return html`<tr><th><code>${name}</code></th><td>${place}${required ? ', required' : ''}<br>
    <i>${typeText(schema)}</i></td><td>${inlineCode(description)}</td></tr>`
}

function bodyHtml(content: NonNullable<OpenApiOperation['requestBody']>['content'], schemas: Schemas): Html {
  const rows = Object.values(content).flatMap(({ schema }) => fieldRows(schema, schemas, '', 0))
  return rows.length === 0 ? html`` : html`<table>${rows}</table>`
}

/** Makes a row for each field. Nested fields follow with their full path: `data.items[].id`. */
function fieldRows(pointer: OpenApiSchema, schemas: Schemas, way: string, depth: number): Html[] {
  const schema = resolve(pointer, schemas)
  if (depth > depthMax) return []
  if (schema.items !== undefined) return fieldRows(schema.items, schemas, `${way}[]`, depth + 1)
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = resolve(property, schemas)
    const path = way === '' ? name : `${way}.${name}`
    const presence = schema.required?.includes(name) === true ? '' : ', optional'
    const row = html`<tr><th><code>${path}</code></th><td><i>${typeText(field)}</i>${presence}</td>
      <td>${inlineCode(field.description ?? '')}</td></tr>`
    return [row, ...fieldRows(field, schemas, path, depth + 1)]
  })
}

function resolve(schema: OpenApiSchema, schemas: Schemas): OpenApiSchema {
  return schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1)!] ?? schema)
}

const limitNames: Readonly<Record<string, string>> = {
  minimum: 'from',
  exclusiveMinimum: 'above',
  maximum: 'to',
  minLength: 'length from',
  maxLength: 'to',
  minItems: 'elements from',
  maxItems: 'to',
}

function typeText(schema: OpenApiSchema): string {
  const { type, enum: values, items, default: byDefault } = schema
  const names = [type ?? 'any'].flat().join(' or ')
  const limits = Object.entries(limitNames).flatMap(([key, word]) =>
    key in schema ? `${word} ${schema[key]}` : [],
  )
  const members = values ?? items?.enum
  return [
    names,
    limits.length === 0 ? '' : ` ${limits.join(' ')}`,
    members === undefined ? '' : `: ${members.filter((value) => value !== null).join(', ')}`,
    byDefault === undefined ? '' : `, default ${byDefault}`,
  ].join('')
}

function curlExample(
  { method, path, parameters = [], requestBody, security }: Operation,
  baseUrl: string,
): string {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    exampleOf(parameters.find((each) => each.name === name)!),
  )
  const asked = parameters.filter(
    (each) => each.in === 'query' && (each.required || each.name === 'clientKey'),
  )
  const query = asked.map((each) => `${each.name}=${exampleOf(each)}`).join('&')
  const lines = [`curl -X ${method.toUpperCase()} '${baseUrl}${place}${query === '' ? '' : `?${query}`}'`]
  if (security === undefined) lines.push(`-H "Authorization: Bearer $APIFY_TOKEN"`)
  const example = requestBody?.content['application/json']?.example
  if (example !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(example)}'`)
  }
  return lines.join(' \\\n  ')
}

function exampleOf({ name, example }: OpenApiParameter): string {
  return String(example ?? name)
}
