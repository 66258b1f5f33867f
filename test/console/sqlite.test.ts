import { describeConsole } from './describe-console.ts'

describeConsole('sqlite')
