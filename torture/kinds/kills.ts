import { playKillRound } from '../../harness/crash/kill-rounds.ts'
import type { Kind } from '../kind.ts'
import { killsTold, onPostgres, onSqlite, type PlayOnSite } from './crash-sites.ts'

const unit = 'kills'
const bar = 500

const play: PlayOnSite = (course, site) => {
  const { random } = course
  return playKillRound(site, random, {
    killsMax: random.between(10, 30),
    clientCount: random.between(8, 32),
    hasBigBodies: random.next() < 0.25,
    ...killsTold(course),
  })
}

export const killsOnSqlite: Kind = {
  name: 'kill -9, SQLite',
  unit,
  bar,
  weight: 20,
  needsPostgres: false,
  run: onSqlite(play),
}

export const killsOnPostgres: Kind = {
  name: 'kill -9, PostgreSQL',
  unit,
  bar,
  weight: 22,
  needsPostgres: true,
  run: onPostgres(play),
}
