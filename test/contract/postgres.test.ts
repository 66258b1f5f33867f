import { openTemporaryPostgresStore } from '../../harness/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('postgres', openTemporaryPostgresStore)
