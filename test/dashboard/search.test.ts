import t from 'tap'
import type { Session } from '../../dashboard/lib/api.ts'
import { colorOf, kindOf, nameOf, titleOf } from '../../dashboard/lib/session-meta.ts'
import { isOver, matches } from '../../dashboard/pages/sessions/search.ts'
import { newSession } from '../helpers/sessions.ts'

const sessionOf = (change: object = {}) =>
  ({ ...newSession(), status: 'running', metadata: null, ...change }) as unknown as Session

t.test('a search looks for all of its words in title, kind, mode, names and id', async (t) => {
  const session = sessionOf()
  const [ada = '', bo = ''] = session.participants.map((each) => each.participant_id)
  const named: Session = {
    ...session,
    metadata: {
      title: 'Final round',
      kind: 'chess',
      participants: { [ada]: { name: 'Ada Ortega' }, [bo]: {} },
    },
  }
  for (const text of [
    '',
    ' ',
    'final',
    'ROUND chess',
    'ortega',
    'clock each',
    named.session_id.slice(0, 6),
  ]) {
    t.ok(matches(named, 'all', text), `"${text}"`)
  }
  for (const text of ['auction', 'final auction']) t.notOk(matches(named, 'all', text), text)
})

t.test('a status is one, or any that is an end', async (t) => {
  for (const status of ['expired', 'completed', 'cancelled'] as const) {
    t.ok(matches(sessionOf({ status }), 'over', ''))
    t.ok(isOver(sessionOf({ status })))
  }
  t.ok(matches(sessionOf(), 'running', ''))
  t.notOk(matches(sessionOf(), 'paused', ''))
  t.notOk(matches(sessionOf(), 'over', ''))
})

t.test('metadata is not trusted: what is not of its form is passed over', async (t) => {
  const session = sessionOf()
  const id = session.participants[0]?.participant_id ?? ''
  const strange = [
    null,
    [],
    { title: 7, kind: {}, participants: 'x' },
    { participants: { [id]: { name: [], color: 'url(x)' } } },
  ]
  for (const metadata of strange) {
    const odd = { ...session, metadata } as unknown as Session
    t.equal(titleOf(odd), `A clock each ${session.session_id.slice(0, 8)}`)
    t.equal(kindOf(odd), undefined)
    t.equal(nameOf(odd, id), 'Participant 1')
    t.equal(colorOf(odd, id), undefined)
  }
  const long = { ...session, metadata: { title: 'x'.repeat(500) } } as Session
  t.equal(titleOf(long).length, 80)
  const good = {
    ...session,
    metadata: { participants: { [id]: { name: 'Ada', color: '#a1B2c3' } } },
  } as Session
  t.equal(nameOf(good, id), 'Ada')
  t.equal(colorOf(good, id), '#a1B2c3')
  t.equal(nameOf(good, 'stranger-1'), 'stranger')
})
