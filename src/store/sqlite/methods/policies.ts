import type { PolicyMethods } from '../../methods/policies.ts'
import type { SqliteParts } from './parts.ts'

export function policyMethods(parts: SqliteParts): PolicyMethods {
  return {
    getPolicy: (params) => parts.perform('getPolicy', params),
    putPolicy: (params) => parts.perform('putPolicy', params),
    deletePolicy: (params) => parts.perform('deletePolicy', params),
    setCooldown: (params) => parts.perform('setCooldown', params),
    endCooldown: (params) => parts.perform('endCooldown', params),
  }
}
