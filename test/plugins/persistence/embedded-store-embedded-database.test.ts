import t from 'tap'
import { embeddedForTest, embeddedStore } from '../../helpers/databases.ts'
import { runSuite } from './recorded.ts'

await runSuite(t, await embeddedStore(t), await embeddedForTest(t))
