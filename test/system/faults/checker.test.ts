import t from 'tap'
import type { HistoryEvent } from '../../../schemas/history.ts'
import { check, type Rule } from './checker.ts'
import { type Answer, fingerprint, type Message, type Operation, type SessionHistory } from './history.ts'
import {
  answer,
  BEGAN,
  exact,
  GAME,
  ID,
  type Move,
  PLAYERS,
  play,
  playTwice,
  type Settings,
} from './sample.ts'

const rules = (history: SessionHistory): Rule[] => [...new Set(check(history).map(({ rule }) => rule))]

/** The switch that is version `version`. */
const operation = ({ operations }: SessionHistory, version: number) =>
  operations.find(({ answers }) => answers[0]?.version === version) as Operation
const entry = ({ log }: SessionHistory, version: number) =>
  log.find((each) => each.version === version) as HistoryEvent & { state: NonNullable<HistoryEvent['state']> }
const participant = (state: HistoryEvent['state'], index: number) =>
  state?.participants[index] as NonNullable<HistoryEvent['state']>['participants'][number]
const messages = ({ watches }: SessionHistory) => watches[0]?.messages as Message[]

const FAIR: [string, Settings, Move[]?][] = [
  ['per_participant', {}],
  ['per_group', { sync_mode: 'per_group', participants: group() }, [...GAME.slice(0, 5), [1500, 'complete']]],
  ['per_cycle', { sync_mode: 'per_cycle', time_per_cycle_ms: 650 }],
  ['global', { sync_mode: 'global' }, [...GAME.slice(0, 5), [1500, 'deadline']]],
  ['count_up', { sync_mode: 'count_up' }, GAME.filter(([, kind]) => kind !== 'deadline')],
  [
    'count_up with an end',
    { sync_mode: 'count_up', max_time_ms: 1000 },
    [...GAME.slice(0, 5), [1900, 'deadline']],
  ],
  ['auto_advance', { auto_advance: true }, [...GAME.slice(0, 6), [1900, 'pause'], [3000, 'complete']]],
  ['end_session', { action_on_timeout: { type: 'end_session' } }, GAME.slice(0, 6)],
]

function group() {
  return PLAYERS.map((participant_id, participant_index) => {
    return { participant_id, participant_index, total_time_ms: 1000, group_id: ID }
  })
}

t.test('a history as it should be has no violations', async (t) => {
  for (const [name, settings, moves = GAME] of FAIR) {
    // The deadline of each mode is where its own rules put it.
    const history = play(settings, exact(settings, moves))
    t.strictSame(check(history), [], name)
  }
})

t.test('a session may be deleted and created again, and stay away', async (t) => {
  const history = playTwice()
  const read = { sent_at: BEGAN + 9000, answered_at: BEGAN + 9000, version: null, state: null }
  t.strictSame(check(history), [])
  const gone = history.log.findIndex(({ state }) => state === null)
  const left = { ...history, log: history.log.slice(0, gone + 1), final: null, reads: [read] }
  left.operations = history.operations.slice(0, gone)
  left.watches = [{ name: 'socket 1', messages: messages(history).slice(0, gone) }]
  t.strictSame(check(left), [])
  t.ok(
    rules({ ...left, log: history.log.slice(0, gone) }).includes('log'),
    'nothing is gone without a deletion',
  )
})

t.test('what a fault may do to answers is no violation', async (t) => {
  const history = play()
  operation(history, 3).answers = [answer('unknown')]
  operation(history, 4).answers = [answer('unknown'), answer('unknown'), ...operation(history, 4).answers]
  operation(history, 5).answers = [answer('unknown'), answer('refused')]
  history.operations.push({ kind: 'switch', keyed: false, answers: [answer('unknown')] })
  history.operations.push({ kind: 'pause', keyed: false, answers: [answer('refused')] })
  const told = messages(history)
  history.watches = [
    { name: 'one that missed some', messages: [told[0], told[3], told.at(-1)] as Message[] },
    {
      name: 'one that came back',
      messages: [...told.slice(0, 4), ...told.slice(3).map((each) => ({ ...each, connection: 1 }))],
    },
  ]
  t.strictSame(check(history), [])
  const nothing = { id: ID, operations: [], reads: [], watches: [], log: [], final: null, read_at: BEGAN }
  const create: Operation = { kind: 'create', keyed: true, answers: [answer('unknown')] }
  t.strictSame(check({ ...nothing, operations: [create] }), [], 'nor a session that never came to be')
})

const later = (text: string | null, ms: number) => new Date(Date.parse(text as string) + ms).toISOString()

const READ = { sent_at: BEGAN + 9000, answered_at: BEGAN + 9001 }

const WRONG: [string, Rule, (history: SessionHistory) => void, Settings?][] = [
  [
    'a change that was dated by a clock that is ahead',
    'time',
    (h) => Object.assign(operation(h, 3).answers[0] as Answer, { sent_at: BEGAN - 900, answered_at: BEGAN }),
  ],
  [
    'a deadline that is told of before it has come',
    'deadline',
    (h) => Object.assign(messages(h)[6] as Message, { at: BEGAN + 1000 }),
  ],
  [
    'two changes acknowledged as one version',
    'acknowledged',
    (h) => h.operations.push({ ...operation(h, 3) }),
  ],
  [
    'a repetition that is answered with another version',
    'acknowledged',
    (h) => operation(h, 3).answers.push(answer('acknowledged', 6, entry(h, 6).state)),
  ],
  [
    'an acknowledged change that is not in the audit log',
    'acknowledged',
    (h) => h.operations.push({ kind: 'switch', keyed: true, answers: [answer('acknowledged', 10)] }),
  ],
  [
    'a version that is acknowledged to one and another change in the audit log',
    'acknowledged',
    (h) => Object.assign(operation(h, 4), { kind: 'switch' }),
  ],
  [
    'an acknowledgement without a version',
    'acknowledged',
    (h) => Object.assign(operation(h, 4), { answers: [answer('acknowledged')] }),
  ],
  [
    'a change that happened twice, or that nobody asked for',
    'unacknowledged',
    (h) => h.operations.splice(h.operations.indexOf(operation(h, 3)), 1),
  ],
  [
    'a change that was refused and happened',
    'unacknowledged',
    (h) => Object.assign(operation(h, 3), { answers: [answer('refused')] }),
  ],
  [
    'an answer that nobody foresaw',
    'failure',
    (h) => operation(h, 3).answers.unshift({ ...answer('unknown'), told: '500 INTERNAL_ERROR' }),
  ],
  ['a version that is missing from the audit log', 'log', (h) => h.log.splice(4, 1)],
  ['a version that is there twice', 'log', (h) => h.log.splice(4, 0, entry(h, 4))],
  ['a log that ends before the store', 'log', (h) => h.log.pop()],
  ['a store that has gone back', 'log', (h) => Object.assign(h, { final: entry(h, 8).state })],
  [
    'a store with another state',
    'content',
    (h) => Object.assign(h, { final: { ...entry(h, 9).state, status: 'paused' } }),
  ],
  [
    'an answer with a state that never was',
    'content',
    (h) => Object.assign(operation(h, 3).answers[0] as Answer, { state: 'another' }),
  ],
  [
    'a socket with a state that never was',
    'content',
    (h) => Object.assign(messages(h)[2] as Message, { state: 'another' }),
  ],
  [
    'a socket on which a version comes twice',
    'order',
    (h) => messages(h).splice(3, 0, messages(h)[3] as Message),
  ],
  ['a socket that goes back', 'order', (h) => messages(h).splice(5, 0, ...messages(h).slice(2, 5))],
  [
    'a read that is older than what had been acknowledged',
    'read',
    (h) => h.reads.push({ ...READ, version: 3, state: entry(h, 3).state && fingerprint(entry(h, 3).state) }),
  ],
  ['a read that finds nothing', 'read', (h) => h.reads.push({ ...READ, version: null, state: null })],
  ['a read of what never was', 'content', (h) => h.reads.push({ ...READ, version: 9, state: 'another' })],
  [
    'a switch that does not follow the version that it was to follow',
    'acknowledged',
    (h) => Object.assign(operation(h, 3), { expected: 1 }),
  ],
  [
    'a deletion that nobody asked for',
    'unacknowledged',
    (h) => h.log.push({ ...entry(h, 9), version: 10, type: 'session.deleted', state: null as never }),
  ],
  [
    'a watcher that is told older things after it came back',
    'order',
    (h) =>
      messages(h).splice(
        5,
        4,
        ...messages(h)
          .slice(3)
          .map((each) => ({ ...each, connection: 1 })),
      ),
  ],
  ['a watcher that does not hear of the end', 'end', (h) => messages(h).pop()],
  ['a watcher that hears nothing', 'end', (h) => messages(h).splice(0)],
  [
    'a watcher of a session that never was',
    'end',
    (h) => Object.assign(h, { log: [], final: null, operations: [] }),
  ],
  [
    'time that is lost',
    'time',
    (h) => {
      for (const { state } of h.log.slice(5)) participant(state, 0).time_remaining_ms -= 7
    },
  ],
  [
    'time that ran and was not charged',
    'time',
    (h) => {
      entry(h, 4).at = later(entry(h, 4).at, 30)
    },
  ],
  [
    'time that is charged to somebody else',
    'time',
    (h) => {
      for (const { state } of h.log.slice(5)) {
        participant(state, 0).time_used_ms += 5
        participant(state, 1).time_used_ms -= 5
      }
    },
  ],
  [
    'a change before the one before it',
    'time',
    (h) => Object.assign(entry(h, 5), { at: later(entry(h, 5).at, -450) }),
  ],
  [
    'a turn of a cycle that began with less than all of its time',
    'time',
    (h) => Object.assign(participant(entry(h, 3).state, 1), { time_remaining_ms: 600 }),
    { sync_mode: 'per_cycle', time_per_cycle_ms: 650 },
  ],
  [
    'a deadline that was kept late',
    'deadline',
    (h) => Object.assign(entry(h, 7), { at: later(entry(h, 7).at, 3) }),
  ],
  [
    'a deadline that fired twice',
    'deadline',
    (h) => {
      entry(h, 8).type = 'session.turn_expired'
    },
  ],
  [
    'a deadline that was passed over',
    'deadline',
    (h) => Object.assign(entry(h, 7), { type: 'session.switched' }),
  ],
  [
    'a clock without its deadline',
    'deadline',
    (h) => {
      entry(h, 5).state.cycle_deadline_at = null
    },
  ],
  ['a deadline at which nothing happened', 'deadline', (h) => void h.log.splice(6)],
]

t.test('each kind of violation is found', async (t) => {
  for (const [name, rule, spoil, settings = {}] of WRONG) {
    const history = play(settings, exact(settings, GAME))
    spoil(history)
    t.ok(rules(history).includes(rule), `${name}: ${rules(history).join(', ')}`)
  }
})
