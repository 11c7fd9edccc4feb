import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Instant, Nullable } from './common.ts'

/** Reporters are newer than servers: fields that are not listed are ignored, and Go sends null for an empty list. */
const Absent = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema))
const Count = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description })
const Amount = (description: string) =>
  Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description })
const Text = (description: string, maxLength = 256) => Type.String({ maxLength, description })

export const RUN_ID = '^[A-Za-z0-9._:-]{1,128}$'

const RunId = Type.String({ pattern: RUN_ID, description: 'Chosen by the reporter' })
const Seconds = Type.Number({
  minimum: 0,
  description: "The reporter's time, in seconds since the Unix epoch; fractions are welcome",
})
const Labels = Type.Record(Type.String({ maxLength: 128 }), Type.String({ maxLength: 1024 }), {
  maxProperties: 64,
})

export const RunClientSchema = Type.Object({
  type: Text('Such as geth or lighthouse'),
  image: Text('Where it came from', 1024),
  extra_args: Absent(Type.Array(Type.String())),
  cmd: Absent(Type.Array(Type.String())),
  env_vars: Absent(Type.Record(Type.String(), Type.String())),
})

const definition = {
  run_id: RunId,
  timestamp: Seconds,
  network: Text('Such as hoodi'),
  labels: Absent(Labels),
  el_client: RunClientSchema,
  cl_client: RunClientSchema,
  enclave_name: Absent(Text('Where it runs')),
  system_info: Absent(Type.Record(Type.String(), Type.Unknown(), { description: 'Of the machine' })),
  run_timeout: Absent(
    Type.Integer({
      minimum: 0,
      maximum: 31_536_000,
      description: 'In seconds since the server first heard of the run; then it has failed',
    }),
  ),
}

export const StartRunSchema = Type.Object(definition, { $id: 'StartRun' })
export const KeepaliveRunSchema = Type.Object(definition, { $id: 'KeepaliveRun' })
export type RunBody = Static<typeof StartRunSchema>

export const MetricsSchema = Type.Object(
  {
    block: Type.Optional(Count('Of the execution client')),
    slot: Type.Optional(Count('Of the consensus client')),
    exec_peers: Type.Optional(Count('Of the execution client')),
    cons_peers: Type.Optional(Count('Of the consensus client')),
    exec_sync_percent: Type.Optional(Amount('How far')),
    cons_sync_percent: Type.Optional(Amount('How far')),
    exec_version: Type.Optional(Text('Of the execution client', 512)),
    cons_version: Type.Optional(Text('Of the consensus client', 512)),
    exec_disk_usage: Type.Optional(Count('In bytes')),
    cons_disk_usage: Type.Optional(Count('In bytes')),
    exec_memory_usage: Type.Optional(Count('In bytes')),
    cons_memory_usage: Type.Optional(Count('In bytes')),
    exec_block_io_read: Type.Optional(Count('In bytes')),
    cons_block_io_read: Type.Optional(Count('In bytes')),
    exec_block_io_write: Type.Optional(Count('In bytes')),
    cons_block_io_write: Type.Optional(Count('In bytes')),
    exec_cpu_usage_percent: Type.Optional(Amount('Of one core')),
    cons_cpu_usage_percent: Type.Optional(Amount('Of one core')),
  },
  { $id: 'RunMetrics', description: 'Other names are kept when their value is a number, else ignored' },
)

export const ProgressSchema = Type.Object(
  {
    timestamp: Seconds,
    metrics: MetricsSchema,
    is_complete: Absent(Type.Boolean({ description: 'Only /complete ends a run' })),
  },
  { $id: 'RunProgress' },
)
export type ProgressBody = Static<typeof ProgressSchema>

export const CompleteRunSchema = Type.Object(
  {
    timestamp: Seconds,
    final_block: Count('Where the execution client ended'),
    final_slot: Count('Where the consensus client ended'),
    success: Type.Boolean(),
    error: Absent(Type.String({ description: 'Why it failed' })),
  },
  { $id: 'CompleteRun' },
)
export type CompleteBody = Static<typeof CompleteRunSchema>

export const RunStatusSchema = Type.Union(
  (['running', 'stale', 'finished', 'failed'] as const).map((status) => Type.Literal(status)),
)

const client = Type.Object({
  type: Type.String(),
  image: Type.String(),
  extra_args: Type.Optional(Type.Array(Type.String())),
  cmd: Type.Optional(Type.Array(Type.String())),
  env_vars: Type.Optional(Type.Record(Type.String(), Type.String())),
})

const run = {
  run_id: Type.String(),
  status: RunStatusSchema,
  version: Type.Integer({ description: 'Rises with every change' }),
  network: Type.String(),
  labels: Type.Record(Type.String(), Type.String()),
  start_time: Instant("By the reporter's clock"),
  last_update: Instant('When the server last heard of it'),
  end_time: Nullable(Instant("By the reporter's clock; when it timed out, by the server's")),
  is_running: Type.Boolean({ description: 'status is running' }),
  is_complete: Type.Boolean({ description: 'status is finished or failed' }),
  success: Nullable(Type.Boolean()),
  final_block: Nullable(Type.Integer()),
  final_slot: Nullable(Type.Integer()),
  error: Nullable(Type.String({ description: 'Why it failed, or why it is stale' })),
  el_client: Type.String(),
  cl_client: Type.String(),
  el_client_config: client,
  cl_client_config: client,
  enclave_name: Type.String(),
  system_info: Nullable(Type.Record(Type.String(), Type.Unknown())),
  run_timeout: Nullable(Type.Number({ description: 'In seconds since the server first heard of the run' })),
  current_metrics: Nullable(
    Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]), {
      description: "The newest by the reporter's clock",
    }),
  ),
}

export const RunSchema = Type.Object(run, { $id: 'Run' })
export type Run = Static<typeof RunSchema>

export const RunDetailSchema = Type.Object(
  {
    ...run,
    progress_history: Type.Array(
      Type.Object({
        timestamp: Instant("By the reporter's clock"),
        received_at: Instant("By the server's clock"),
        metrics: MetricsSchema,
      }),
      { description: 'At most 1000 points; no extreme of any metric is lost' },
    ),
  },
  { $id: 'RunDetail' },
)
export type RunDetail = Static<typeof RunDetailSchema>

export const RunListSchema = Type.Object(
  {
    tests: Type.Array(RunSchema),
    total_count: Type.Integer({ description: 'How many fit the filters, on all pages' }),
    active_count: Type.Integer({ description: 'How many of them are running' }),
    next_cursor: Nullable(Type.String()),
  },
  { $id: 'RunList' },
)

export const RunListQuerySchema = Type.Object({
  active: Type.Optional(Type.Boolean({ description: 'true: only what is running' })),
  status: Type.Optional(RunStatusSchema),
  network: Type.Optional(Type.String()),
  label: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 16 })], {
      description: 'key=value, or key for any value; may be repeated',
    }),
  ),
  client: Type.Optional(Type.String({ description: 'Type of either client' })),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 1000 }),
  cursor: Type.Optional(Type.String({ maxLength: 256, description: 'next_cursor of the page before' })),
})
export type RunListQuery = Static<typeof RunListQuerySchema>

export const AcknowledgedSchema = Type.Object({ status: Type.String() })
