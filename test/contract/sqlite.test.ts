import { openTemporarySqliteStore } from '../support/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('sqlite', openTemporarySqliteStore)
