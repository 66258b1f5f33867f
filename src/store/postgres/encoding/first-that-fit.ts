/**
 * SQL that selects the first of the named requests of a queue whose bytes are not too many together, and at least one, in the
 * order in which they are named. `is_cut` tells whether others were left out. Its parameters are the queue, the IDs and the
 * bytes.
 *
 * @param columns of the table `requests`
 */
export function firstThatFit(columns: readonly string[]): string {
  return `
    SELECT ${columns.join(', ')}, bytes_in_all > $3::bigint AS is_cut FROM (
      SELECT requests.*, given.place,
        sum(bytes) OVER (ORDER BY given.place) - bytes AS bytes_before, sum(bytes) OVER () AS bytes_in_all
      FROM unnest($2::text[]) WITH ORDINALITY AS given (given_id, place)
      JOIN requests ON requests.queue_id = $1 AND requests.id = given.given_id) AS named
    WHERE bytes_before + bytes <= $3::bigint OR bytes_before = 0
    ORDER BY place`
}
