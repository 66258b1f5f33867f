import { openMemoryStore } from '../../harness/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('memory', openMemoryStore, { isDurable: false, isConcurrent: false })
