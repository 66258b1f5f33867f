import { openMemoryStore } from '../support/stores.ts'
import { describeStore } from './store-contract.ts'

describeStore('memory', openMemoryStore, { isDurable: false })
