import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Command } from '../../engine/session/transitions.ts'
import { SyncKairosError } from '../../sdk/errors.ts'
import type { Session } from '../../sdk/types.ts'
import { calm } from './live-fakes.ts'
import { type Call, setUp } from './live-set-up.ts'

const away = new SyncKairosError('network', 'NETWORK_ERROR', 'away')
const refused = new SyncKairosError('conflict', 'CONFLICT', 'no', { status: 409 })

const types = ['switch', 'switch', 'switch', 'pause', 'resume'] as const
const which = fc.nat({ max: 1000 })

/** What may happen to a client: `own` commands, those of others, and messages of any age in any order. */
const move = fc.oneof(
  fc.record({ what: fc.constantFrom('own', 'other'), type: fc.constantFrom(...types) }),
  fc.record({ what: fc.constantFrom('frame', 'answer', 'lose', 'refuse', 'read'), which }),
  fc.record({ what: fc.constantFrom('drop', 'wait', 'sync') }),
)

t.test('whatever arrives in whatever order, time goes one way, and the end is the truth', async (t) => {
  let predictions = 0
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 40 }), async (moves) => {
      const { open, greet, sync, update, model, time, calls, last, live } = setUp(t)
      const session = await open()
      const truth: Session[] = [model.session, model.do({ type: 'start' })]
      const done = new Set<Call>()
      let newest = 0
      session.on('update', (state, { optimistic }) => {
        const version = session.confirmed?.version ?? 0
        ok(version >= newest, `${version} after ${newest}`)
        newest = version
        ok(state.version >= version, 'what is shown is not older than what is known')
        if (optimistic) predictions += 1
        else equal(state, session.confirmed)
      })

      /** The server does what was sent, once, though its answer may be lost. */
      const carryOut = (call: Call): Session | null => {
        if (done.has(call) || call.name === 'get') return model.session
        done.add(call)
        const before = model.session.version
        try {
          truth.push(model.do({ type: call.name, ...call.turn } as Command))
        } catch {
          return null
        }
        return model.session.version > before ? model.session : null
      }
      const openCalls = () => calls.filter((call) => !settled.has(call))
      const settled = new Set<Call>()
      const settle = async (call: Call, how: 'answer' | 'lose' | 'refuse') => {
        settled.add(call)
        const result = how === 'refuse' && !done.has(call) ? null : carryOut(call)
        if (how === 'lose') await call.fail(away)
        else if (result) await call.answer(result)
        else await call.fail(refused)
      }
      const connect = () => {
        time.advance(Math.max(0, (live.connection.retry_at ?? 0) - time.now()))
        if (live.connection.status !== 'connecting') return
        greet()
        sync(model.session)
      }

      greet()
      sync(model.session)
      for (const each of moves) {
        time.advance(10)
        if ('type' in each) {
          if (each.what === 'own') void session[each.type]().catch(() => {})
          else {
            try {
              truth.push(model.do({ type: each.type }))
            } catch {
              // The server refuses it.
            }
          }
        } else if ('which' in each) {
          const call = openCalls()[each.which % Math.max(1, openCalls().length)]
          if (each.what === 'frame') {
            if (live.connection.status === 'live') update(truth[each.which % truth.length] as Session)
          } else if (each.what === 'read') void session.refresh().catch(() => {})
          else if (call) await settle(call, each.what as 'answer')
        } else if (each.what === 'drop') last().drop()
        else if (each.what === 'sync') connect()
        else await calm()
      }
      for (let i = 0; i < 100 && openCalls().length > 0; i++) await settle(openCalls()[0] as Call, 'answer')
      connect()
      for (let i = 0; i < 100 && openCalls().length > 0; i++) await settle(openCalls()[0] as Call, 'answer')
      sync(model.session)
      await calm()
      equal(session.pending, false)
      equal(session.state, session.confirmed)
      deepStrictEqual(session.state, model.session)
      live.close()
    }),
    { numRuns: 150 },
  )
  t.ok(predictions > 100, `${predictions} predictions`)
})
