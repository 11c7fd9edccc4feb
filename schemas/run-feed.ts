import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Instant, Nullable, Strict } from './common.ts'
import { MetricsSchema, RunStatusSchema } from './run.ts'

const EventOf = <T extends string, D extends TSchema>(type: T, description: string, data: D) =>
  Strict(
    {
      id: Type.String({ description: 'Where to go on from, as Last-Event-ID or last_event_id' }),
      type: Type.Literal(type),
      run_id: Type.String(),
      timestamp: Instant('When the server took it'),
      version: Type.Integer({ minimum: 1, description: 'Of the run, after it' }),
      status: RunStatusSchema,
      data,
    },
    { description },
  )

/** What the readers of all runs are told. */
export const RunEvents = {
  test_start: EventOf(
    'test_start',
    'A run has begun',
    Strict({
      network: Type.String(),
      el_client: Type.String(),
      cl_client: Type.String(),
      labels: Type.Record(Type.String(), Type.String()),
    }),
  ),
  test_progress: EventOf(
    'test_progress',
    "The metrics of a run that are the newest by its reporter's clock",
    MetricsSchema,
  ),
  test_complete: EventOf(
    'test_complete',
    'A run is over: its reporter said so, or its time ran out',
    Strict({
      success: Type.Boolean(),
      error: Nullable(Type.String()),
      final_block: Nullable(Type.Integer()),
      final_slot: Nullable(Type.Integer()),
    }),
  ),
  test_stale: EventOf(
    'test_stale',
    'The reporter of a run has fallen silent',
    Strict({ error: Type.String({ description: 'Since when' }) }),
  ),
  test_revived: EventOf('test_revived', 'The reporter of a stale run was heard of again', Strict({})),
} as const satisfies Record<string, TSchema>

export type RunEvent = Static<(typeof RunEvents)[keyof typeof RunEvents]>

/** Over Server-Sent Events the id is that of the event, not in its data. */
export const RunFeedReset = Strict(
  {
    type: Type.Literal('reset'),
    id: Type.Optional(Nullable(Type.String({ description: 'Where to go on from' }))),
    timestamp: Instant('When the server said so'),
  },
  {
    description:
      'What came after the last event that the reader had is not kept any more: read the runs anew',
  },
)
