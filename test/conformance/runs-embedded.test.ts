import t from 'tap'
import { onEmbedded } from './deployment.ts'
import { runsSuite } from './runs.ts'

runsSuite(t, onEmbedded)
