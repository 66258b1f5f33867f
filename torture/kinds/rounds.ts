import type { Course } from '../kind.ts'

/**
 * Plays one round after the other until the course is over.
 *
 * @throws Error with the seed and the number of the round that broke a promise
 */
export async function playRounds(course: Course, play: (round: number) => Promise<void>): Promise<void> {
  for (let round = 1; !course.isOver; round++) {
    try {
      await play(round)
    } catch (cause) {
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
      throw new Error(`seed ${course.random.seed}, round ${round}: ${text}`)
    }
  }
}
