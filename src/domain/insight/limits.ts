/** Counting is exact up to so many of a kind, and then it stops (14.3). */
export const countedMax = 10_000
