/** The policy of a queue in /openapi.json. domain/policy/document.ts checks it, with messages of its own. */
import { Type } from 'typebox'
import { policyLimits as limits } from '../../domain/policy/limits.ts'

const { secsMax } = limits

const hosts = Type.Unsafe<string | readonly string[]>({
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
  description:
    '`example.com`; `*.example.com` (the name itself and every name below it); `*`. One of them, or a list. ' +
    'Without a scheme, a path or a port.',
})

const rule = Type.Object(
  {
    hosts,
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.concurrencyMax,
        description:
          'How many requests of one group may be locked at the same time. 1 where only `delaySecs` is set.',
      }),
    ),
    delaySecs: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: secsMax,
        description:
          'The next request of the group is handed out that long after its last one was, and after work on ' +
          'one last ended. Fractions are allowed. 0 is as if left out.',
      }),
    ),
    paused: Type.Optional(Type.Boolean({ description: 'Whether nothing of the group is handed out.' })),
  },
  { additionalProperties: false },
)

const seconds = (description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: secsMax, description: `${description} Fractions are allowed.` })

const policyFields = {
  groupBy: Type.Optional(
    Type.Enum(['host', 'domain'], {
      type: 'string',
      default: 'host',
      description:
        'Which requests are one group: those of one host, or those of one registrable domain by the Public Suffix List.',
    }),
  ),
  rules: Type.Optional(
    Type.Array(rule, { description: 'The first one whose `hosts` match a group is the rule of the group.' }),
  ),
  adaptive: Type.Optional(
    Type.Object(
      {
        maxDelaySecs: Type.Number({
          minimum: limits.adaptiveMaxDelaySecsMin,
          maximum: secsMax,
          description: 'The longest delay.',
        }),
      },
      {
        additionalProperties: false,
        description:
          'The delay of a group doubles, from at least one second, each time one of its requests comes back ' +
          'with a higher `retryCount`. It halves with each one handled.',
      },
    ),
  ),
  retry: Type.Optional(
    Type.Object(
      {
        initialSecs: seconds('The first wait.'),
        factor: Type.Number({
          minimum: 1,
          maximum: limits.retryFactorMax,
          description: 'By how much each wait is longer than the one before.',
        }),
        maxSecs: seconds('The longest wait.'),
      },
      {
        additionalProperties: false,
        description: 'How long a request waits that is given back with a higher `retryCount`.',
      },
    ),
  ),
  revisit: Type.Optional(
    Type.Array(
      Type.Object(
        { hosts, afterSecs: seconds('How long after it was handled.') },
        { additionalProperties: false },
      ),
      { description: 'When handled requests of these hosts become pending again.' },
    ),
  ),
  priorities: Type.Optional(
    Type.Array(
      Type.Object(
        {
          hosts: Type.Optional(hosts),
          label: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: limits.labelLengthMax,
              description: 'The `userData.label` of a request.',
            }),
          ),
          priority: Type.Integer({ minimum: limits.priorityMin, maximum: limits.priorityMax }),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'The priority of requests that ask for none themselves. Higher ones are handed out first. Each entry ' +
          'has either `hosts` or `label`, and the first one that matches counts.',
      },
    ),
  ),
  lockExpiriesMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.lockExpiriesMax,
      description: 'A request is given up when so many of its locks in a row ran out.',
    }),
  ),
  paused: Type.Optional(
    Type.Boolean({ description: 'Whether the queue hands out nothing. All other calls go on.' }),
  ),
  history: Type.Optional(Type.Boolean({ description: 'Whether each request keeps its last events.' })),
}

const description = `How a queue hands out its requests. At most ${limits.documentBytesMax} bytes as JSON.`

export const Policy = Type.Object(policyFields, { $id: 'Policy', additionalProperties: false, description })

/** The same as the body of a call. */
export const PolicyBody = Type.Object(policyFields, {
  additionalProperties: false,
  description,
  examples: [{ rules: [{ hosts: '*', delaySecs: 2 }] }],
})

export const PolicyState = Type.Object(
  {
    policy: Type.Unsafe<unknown>({ $ref: 'Policy#' }),
    version: Type.Integer({
      minimum: 0,
      description: 'How often the policy was changed. `If-Match` takes it.',
    }),
    state: Type.Enum(['active', 'building'], {
      type: 'string',
      description:
        '`building`: the groups of a large queue are being found. Until then it hands out by the policy before.',
    }),
    progress: Type.Union(
      [Type.Object({ done: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 0 }) }), Type.Null()],
      { description: 'How many requests were looked at. Null when the policy is active.' },
    ),
  },
  { $id: 'PolicyState', description: 'The policy of a queue.' },
)
