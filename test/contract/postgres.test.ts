import { openTemporaryPostgresStore } from '../support/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('postgres', openTemporaryPostgresStore)
