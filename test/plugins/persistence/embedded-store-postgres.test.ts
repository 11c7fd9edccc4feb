import t from 'tap'
import { embeddedStore, realForTest } from '../../helpers/databases.ts'
import { runSuite } from './recorded.ts'

await runSuite(t, await embeddedStore(t), await realForTest(t))
