import type { MoreToLookAt } from '../operations/hand-out/take-by-groups.ts'

/** Whether the call has to be repeated, because one step could not look at all groups. */
export function hasMoreToLookAt<Answer extends object>(
  answer: Answer | MoreToLookAt,
): answer is MoreToLookAt {
  return 'moreToLookAt' in answer
}

/**
 * Repeats a call that reads the head until all groups are looked at whose time has come. Each repetition is a
 * step. Other calls run between two steps.
 */
export async function untilLooked<Answer extends object>(
  step: () => Promise<Answer | MoreToLookAt>,
): Promise<Answer> {
  for (;;) {
    const answer = await step()
    if (!hasMoreToLookAt(answer)) return answer
  }
}
