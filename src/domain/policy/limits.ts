import { longestHostLength } from './host-names.ts'

/** The limits of a policy, with their reasons. */
export const policyLimits = {
  /**
   * The JSON of a policy. It bounds the number of rules, which is in the thousands then. The row of the queue
   * has it, and changing it is one write.
   */
  documentBytesMax: 65_536,
  /** Live locks of one group. The row of the group has the end of each. */
  concurrencyMax: 1000,
  /** Ten years, for every length of time. */
  secsMax: 315_360_000,
  /** What a delay of a group begins at when it slows down (13.7). No shorter maximum has an effect. */
  adaptiveMaxDelaySecsMin: 1,
  retryFactorMax: 1000,
  lockExpiriesMax: 1000,
  priorityMin: -10,
  priorityMax: 10,
  labelLengthMax: 1000,
  hostLengthMax: longestHostLength,
} as const
