import { type Static, Type } from '@sinclair/typebox'
import { Nullable } from './common.ts'
import { RunStatusSchema } from './run.ts'

const Amount = Nullable(Type.Number())
const Ratio = (of: string) =>
  Type.Number({ minimum: 0, default: 1.1, description: `Largest ${of}, in times that of the baseline` })

export const CompareQuerySchema = Type.Object({
  ids: Type.String({ minLength: 1, maxLength: 4096, description: '2 to 20 run_ids, comma-separated' }),
  axis: Type.Union([Type.Literal('elapsed'), Type.Literal('block'), Type.Literal('slot')], {
    default: 'elapsed',
    description: 'What the runs are aligned by; elapsed: ms since their start',
  }),
  metric: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'Any metric, or elapsed; without it block, or on another axis elapsed',
    }),
  ),
  points: Type.Integer({ minimum: 2, maximum: 1000, default: 200, description: 'Places on the axis' }),
})
export type CompareQuery = Static<typeof CompareQuerySchema>

export const RunSummarySchema = Type.Object({
  duration_ms: Type.Integer(),
  final_block: Amount,
  final_slot: Amount,
  exec_disk_usage: Amount,
  cons_disk_usage: Amount,
  disk_usage: Nullable(Type.Number({ description: 'Of both, in bytes; null unless both are known' })),
  peak_exec_memory_usage: Amount,
  peak_cons_memory_usage: Amount,
  peak_memory_usage: Nullable(
    Type.Number({ description: 'Both peaks together, in bytes; null unless both are known' }),
  ),
  points: Type.Integer({ description: 'Points in its history' }),
})

export const ComparisonSchema = Type.Object(
  {
    axis: Type.String(),
    metric: Type.String(),
    x: Type.Array(Type.Number(), { description: 'Places on the axis, rising' }),
    runs: Type.Array(
      Type.Object({
        run_id: Type.String(),
        status: RunStatusSchema,
        network: Type.String(),
        labels: Type.Record(Type.String(), Type.String()),
        el_client: Type.String(),
        cl_client: Type.String(),
        summary: RunSummarySchema,
        y: Type.Array(Amount, {
          description: 'Its metric at each x, interpolated; null before its first and after its last point',
        }),
      }),
      { description: 'In the order of ids' },
    ),
  },
  { $id: 'RunComparison' },
)

export const BaselineQuerySchema = Type.Object({
  against: Type.Optional(
    Type.String({ description: 'run_id of the baseline; without it the one in labels.baseline' }),
  ),
  checks: Type.String({
    pattern: '^(duration|disk|memory)(,(duration|disk|memory))*$',
    default: 'duration,disk,memory',
    description: 'What the run is judged by, comma-separated',
  }),
  max_duration_ratio: Ratio('duration'),
  max_disk_ratio: Ratio('final disk usage'),
  max_memory_ratio: Ratio('peak of memory'),
})
export type BaselineQuery = Static<typeof BaselineQuerySchema>

const OneOf = <const T extends string>(values: readonly T[], description: string) =>
  Type.Union(
    values.map((each) => Type.Literal(each)),
    { description },
  )

export const BaselineSchema = Type.Object(
  {
    run_id: Type.String(),
    against: Type.String(),
    verdict: OneOf(
      ['pass', 'fail', 'pending', 'unknown'],
      'fail: the run failed, or a check did; pending: it has not, but it has not ended either; unknown: the baseline has not succeeded, or something is not reported',
    ),
    checks: Type.Array(
      Type.Object({
        name: Type.String({ description: 'duration (ms), disk or memory (bytes)' }),
        value: Amount,
        baseline: Amount,
        difference: Nullable(Type.Number({ description: 'value - baseline' })),
        ratio: Nullable(Type.Number({ description: 'value / baseline' })),
        limit: Type.Number(),
        verdict: OneOf(
          ['pass', 'fail', 'unknown'],
          'unknown: the two did not report the same, or the baseline has not succeeded',
        ),
      }),
    ),
    run: RunSummarySchema,
    baseline: RunSummarySchema,
  },
  { $id: 'RunBaseline' },
)
