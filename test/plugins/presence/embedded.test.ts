import t from 'tap'
import { onEmbedded } from '../../conformance/deployment.ts'
import { presenceSuite } from '../../conformance/presence.ts'

t.test('presence', async (t) => presenceSuite(t, onEmbedded))
