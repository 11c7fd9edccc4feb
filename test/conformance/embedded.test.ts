import t from 'tap'
import { build } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { deadlinesSuite } from './deadlines.ts'
import type { Deploy } from './deployment.ts'
import { racesSuite } from './races.ts'
import { sessionsSuite } from './sessions.ts'

/** One instance on the embedded store. */
const deploy: Deploy = async (t, settings) => {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { a: app, b: app, clock }
}

t.test('sessions', async (t) => sessionsSuite(t, deploy))
t.test('deadlines', async (t) => deadlinesSuite(t, deploy))
t.test('races', async (t) => racesSuite(t, deploy))
