import t from 'tap'
import { build } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import type { Deploy } from './deployment.ts'
import { runsSuite } from './runs.ts'

/** One instance on the embedded store. */
const deploy: Deploy = async (t, settings) => {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { a: app, b: app, clock }
}

runsSuite(t, deploy)
