import t from 'tap'
import { deadlinesSuite } from './deadlines.ts'
import { onEmbedded } from './deployment.ts'
import { racesSuite } from './races.ts'
import { sessionsSuite } from './sessions.ts'

t.test('sessions', async (t) => sessionsSuite(t, onEmbedded))
t.test('deadlines', async (t) => deadlinesSuite(t, onEmbedded))
t.test('races', async (t) => racesSuite(t, onEmbedded))
