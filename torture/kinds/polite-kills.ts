import { playPoliteKillRound } from '../../harness/crash/polite-kill-rounds.ts'
import type { Kind } from '../kind.ts'
import { killsTold, onPostgres, onSqlite, type PlayOnSite } from './crash-sites.ts'

const unit = 'kills'
const bar = 200

/** A crawl with a policy to its end: no host above its rule, nothing forgotten. */
const play: PlayOnSite = (course, site) => {
  const { random } = course
  return playPoliteKillRound(site, random, {
    killsMax: random.between(5, 15),
    clientCount: random.between(8, 32),
    ...killsTold(course),
  })
}

export const politeKillsOnSqlite: Kind = {
  name: 'kill -9 with policies, SQLite',
  unit,
  bar,
  weight: 8,
  needsPostgres: false,
  run: onSqlite(play),
}

export const politeKillsOnPostgres: Kind = {
  name: 'kill -9 with policies, PostgreSQL',
  unit,
  bar,
  weight: 8,
  needsPostgres: true,
  run: onPostgres(play),
}
