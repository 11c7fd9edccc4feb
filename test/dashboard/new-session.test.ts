import { randomUUID } from 'node:crypto'
import t from 'tap'
import { type Draft, idsByName, problemsOf, requestOf } from '../../dashboard/pages/new-session/draft.ts'
import { parseDuration, writeDuration } from '../../dashboard/pages/new-session/duration.ts'
import { build, call } from '../helpers/app.ts'

const DURATIONS: [text: string, ms: number | null][] = [
  ['5:00', 300_000],
  ['0:30', 30_000],
  ['1:30:00', 5_400_000],
  ['90 s', 90_000],
  ['90s', 90_000],
  ['1 h 30 m', 5_400_000],
  ['2 min', 120_000],
  ['1.5 m', 90_000],
  ['1,5 m', 90_000],
  ['10', 600_000],
  [' 10 ', 600_000],
  ['0.5', 30_000],
  ['', null],
  ['soon', null],
  ['5:60', null],
  ['-5', null],
  ['5 m and a bit', null],
]

t.test('lengths of time are read as people write them', async (t) => {
  for (const [text, ms] of DURATIONS) t.equal(parseDuration(text), ms, `"${text}"`)
})

t.test('what is written is read as the same', async (t) => {
  for (const ms of [1000, 30_000, 60_000, 300_000, 3_600_000, 5_461_000, 86_400_000]) {
    t.equal(parseDuration(writeDuration(ms)), ms, writeDuration(ms))
  }
})

const person = (name: string, time: string, group = 'A') => ({ id: randomUUID(), name, time, group })

const draftOf = (change: Partial<Draft> = {}): Draft => ({
  id: randomUUID(),
  kind: 'chess',
  title: 'Final',
  mode: 'per_participant',
  people: [person('Ada', '5:00'), person('', '3:00')],
  time: '',
  increment: '3',
  ending: 'notify',
  ...change,
})

t.test('a draft without problems is a session of every mode, as the server sees it', async (t) => {
  const app = await build(t)
  const drafts: Partial<Draft>[] = [
    { ending: 'end_session' },
    { mode: 'per_cycle', time: '0:30', ending: 'skip_cycle' },
    {
      mode: 'per_group',
      people: [person('Ada', '5:00', 'X'), person('Bo', '5:00', 'X'), person('Cy', '9:00', 'Y')],
    },
    { mode: 'global', time: '1:00:00' },
    { mode: 'count_up', time: '' },
    { mode: 'count_up', time: '10:00' },
    { increment: '', title: ' ', kind: undefined, people: [person('', '1 s')] },
  ]
  for (const change of drafts) {
    const draft = draftOf(change)
    t.equal(problemsOf(draft), null)
    const answer = await call(app, 'POST', '/v1/sessions', requestOf(draft, idsByName(randomUUID)))
    t.equal(answer.status, 201, JSON.stringify(answer.body))
  }
})

t.test('only what a mode uses is asked for, and sent', async (t) => {
  const stopwatch = requestOf(
    draftOf({ mode: 'count_up', time: '10:00', ending: 'end_session' }),
    idsByName(randomUUID),
  )
  t.equal(stopwatch.max_time_ms, 600_000)
  t.equal(stopwatch.increment_ms, undefined)
  t.equal(stopwatch.action_on_timeout, undefined)
  const game = requestOf(draftOf({ time: '10:00', ending: 'end_session' }), idsByName(randomUUID))
  t.match(game, { increment_ms: 3000, action_on_timeout: { type: 'end_session' } })
  t.equal(game.total_time_ms, undefined)
  t.match(game.metadata, { title: 'Final', kind: 'chess' })
  t.strictSame(Object.values(game.metadata?.participants as object), [{ name: 'Ada' }], 'no name, no entry')
})

t.test('problems are told where they are', async (t) => {
  const wrong = [person('Ada', 'soon'), person('Bo', '25 h'), person('Cy', '0.5 s'), person('Di', '5:00')]
  const { people } = problemsOf(draftOf({ people: wrong })) ?? { people: {} }
  t.match(
    wrong.map(({ id }) => people[id]),
    [/Write it like/, /At most 24 hours/, /At least 1 second/, undefined],
  )
  t.match(problemsOf(draftOf({ increment: '61' })), { increment: /From 0 to 60/ })
  t.match(problemsOf(draftOf({ mode: 'global', time: '' })), { time: /Write it like/ })
  t.match(problemsOf(draftOf({ people: Array.from({ length: 1001 }, () => person('', '1')) })), {
    form: /1,000/,
  })
  const torn = [person('Ada', '5:00', 'X'), person('Bo', '6:00', 'X')]
  const problems = problemsOf(draftOf({ mode: 'per_group', people: torn }))
  t.match(problems?.people[torn[1]?.id ?? ''], /differs/)
})
