import t from 'tap'
import { create } from '../../../engine/session/create.ts'
import { encode } from '../../../plugins/sessions/codec.ts'
import { createKnownStates } from '../../../plugins/sessions/known-states.ts'

const ID = '4f1c7a2e-9d0b-4b7e-8a51-0c6f2f6f9a01'

function stateOf(session_id: string, version = 1) {
  const participants = [{ participant_id: session_id, participant_index: 0, total_time_ms: 60_000 }]
  return create({ session_id, sync_mode: 'global', participants }, version, 1000)
}

t.test('a document is read once, and after that known', async (t) => {
  const states = createKnownStates()
  const document = encode(stateOf(ID))
  const first = states.of(ID, document)
  t.strictSame(first, stateOf(ID))
  t.equal(states.of(ID, document), first, 'the very same object')
})

t.test('a document that was written here is known', async (t) => {
  const states = createKnownStates()
  const state = stateOf(ID)
  states.put(ID, encode(state), state)
  t.equal(states.of(ID, encode(state)), state)
})

t.test('another document of the same session is read, not taken for the known one', async (t) => {
  const states = createKnownStates()
  states.put(ID, encode(stateOf(ID)), stateOf(ID))
  t.equal(states.of(ID, encode(stateOf(ID, 2))).version, 2)
})

t.test('what is not a session is refused', async (t) => {
  const states = createKnownStates()
  t.throws(() => states.of(ID, '{"session_id":1}'), { code: 'STATE_DESERIALIZATION_ERROR' })
})

t.test('the least recently used go, by number and by length', async (t) => {
  const ids = [1, 2, 3].map((n) => ID.replace(/1$/, `${n}`))
  const documents = ids.map((id) => encode(stateOf(id)))
  for (const states of [createKnownStates(2), createKnownStates(10, 2 * (documents[0] as string).length)]) {
    const [first, second, third] = ids.map((id, i) => states.of(id, documents[i] as string))
    t.not(states.of(ids[0] as string, documents[0] as string), first, 'was forgotten')
    t.equal(states.of(ids[2] as string, documents[2] as string), third)
    t.not(states.of(ids[1] as string, documents[1] as string), second)
  }
})
