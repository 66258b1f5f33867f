import assert from 'node:assert/strict'
import { Compile, type Validator } from 'typebox/schema'
import type { OpenApi, OpenApiOperation, OpenApiSchema } from '../../src/http/api/openapi.ts'

/** Checks answers against the API description. */
export class ApiPromises {
  readonly api: OpenApi
  readonly #validators = new Map<OpenApiSchema, Validator>()

  constructor(api: OpenApi) {
    this.api = api
  }

  static async of(server: { url: string; token: string }): Promise<ApiPromises> {
    const response = await fetch(`${server.url}/openapi.json`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    return new ApiPromises((await response.json()) as OpenApi)
  }

  check(method: string, path: string, status: number, body: unknown): void {
    const operation = this.operationOf(method, path)
    if (operation === undefined || status === 401) return
    const answer = operation.responses[status]
    assert.ok(answer, `${operation.operationId} does not declare status ${status}: ${JSON.stringify(body)}`)
    const schema = answer.content?.['application/json']?.schema
    if (schema === undefined) {
      assert.equal(body, undefined)
      return
    }
    const validator = this.#validatorOf(schema)
    const problems = validator.Check(body) ? [] : validator.Errors(body)[1]
    assert.deepEqual(
      problems,
      [],
      `${operation.operationId} ${status} is not as declared: ${JSON.stringify(body)}`,
    )
  }

  /** @param path with or without a query */
  operationOf(method: string, path: string): OpenApiOperation | undefined {
    const steps = path.split('?')[0]!.replace(/\/$/, '').split('/')
    // Templates with fewer parameters come first: `requests/batch` is not a request ID.
    const template = Object.keys(this.api.paths)
      .filter((each) => fits(each.split('/'), steps))
      .sort((a, b) => a.split('{').length - b.split('{').length)[0]
    return template === undefined ? undefined : this.api.paths[template]![method.toLowerCase()]
  }

  #validatorOf(schema: OpenApiSchema): Validator {
    let validator = this.#validators.get(schema)
    if (validator === undefined) {
      validator = Compile({ ...schema, components: this.api.components })
      this.#validators.set(schema, validator)
    }
    return validator
  }
}

/** Whether the call answers with events that go on until somebody ends them. */
export function isStream({ responses }: OpenApiOperation): boolean {
  return responses[200]?.content?.['text/event-stream'] !== undefined
}

function fits(template: readonly string[], steps: readonly string[]): boolean {
  return (
    template.length === steps.length &&
    template.every((step, index) => step.startsWith('{') || step === steps[index])
  )
}
