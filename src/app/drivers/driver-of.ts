import type { FigureShare } from '../../figures/figures.ts'
import type { ClockSource } from '../../store/clock.ts'
import type { Store } from '../../store/store.ts'
import type { Config } from '../config/config.ts'
import type { StoreAddress } from '../config/store-choice.ts'
import type { StoreDriver, StoreEvents, WayToStore } from './driver.ts'
import { openPostgresThread, PostgresDriver } from './postgres-driver.ts'
import { joinSqliteThread, SqliteDriver } from './sqlite-driver.ts'

/** Finds the driver of the store that the settings name. */
export function driverOf({ store, dataDirectory }: Pick<Config, 'store' | 'dataDirectory'>): StoreDriver {
  return driverAt(store.kind === 'sqlite' ? { kind: 'sqlite', directory: dataDirectory } : store)
}

/** Finds the driver of the store at this address. */
export function driverAt(address: StoreAddress): StoreDriver {
  return address.kind === 'sqlite' ? new SqliteDriver(address.directory) : new PostgresDriver(address)
}

/**
 * Opens the store in an HTTP thread, and its clock. Closing it does not close the store of the main thread.
 *
 * @param figures where the thread counts
 * @throws OperatorError when the store cannot be used
 */
export function openThreadStore(
  way: WayToStore,
  onProblem: StoreEvents['onProblem'],
  figures: FigureShare,
): Promise<{ store: Store; clock: ClockSource }> {
  return way.kind === 'sqlite' ? joinSqliteThread(way) : openPostgresThread(way, onProblem, figures)
}
