import { openTemporarySqliteStore } from '../../harness/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('sqlite', openTemporarySqliteStore)
