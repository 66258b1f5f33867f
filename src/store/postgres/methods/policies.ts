import type { PolicyMethods } from '../../methods/policies.ts'
import type { PostgresParts } from './parts.ts'

export function policyMethods(parts: PostgresParts): PolicyMethods {
  return {
    getPolicy: (params) => parts.onQueue('getPolicy', params),
    putPolicy: (params) => parts.onQueue('putPolicy', params),
    deletePolicy: (params) => parts.onQueue('deletePolicy', params),
    setCooldown: (params) => parts.onQueue('setCooldown', params),
    endCooldown: (params) => parts.onQueue('endCooldown', params),
  }
}
