import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { ErrorSchema } from '../../schemas/error.ts'
import * as health from '../../schemas/health.ts'
import * as history from '../../schemas/history.ts'
import * as presence from '../../schemas/presence.ts'
import { ClientMessages, ServerMessages } from '../../schemas/realtime.ts'
import * as run from '../../schemas/run.ts'
import * as comparison from '../../schemas/run-comparison.ts'
import { RunEvents, RunFeedReset } from '../../schemas/run-feed.ts'
import * as session from '../../schemas/session.ts'
import { TimeSchema } from '../../schemas/time.ts'
import { type Schema, typesOf } from './type-text.ts'

const SDK = join(import.meta.dirname, '..', '..', 'sdk')
const HEAD = '// Written by `npm run sdk:types` from schemas/.\n\n'

/** What the client package calls which schema, by the file that it stands in. Of a query nothing has to be given. */
export const TYPES = {
  'types-session.ts': {
    SyncMode: session.SyncModeSchema,
    SessionStatus: session.SessionStatusSchema,
    TimeoutAction: session.TimeoutActionSchema,
    NewParticipant: session.CreateSessionSchema.properties.participants.items,
    CreateSession: session.CreateSessionSchema,
    Participant: session.ParticipantSchema,
    Session: session.SessionSchema,
    SwitchTurn: session.SwitchSchema,
    SwitchResult: session.SwitchResultSchema,
    SessionListQuery: Type.Partial(session.ListQuerySchema),
    SessionList: session.SessionListSchema,
  },
  'types-history.ts': {
    SessionEvent: history.HistoryEventSchema,
    SessionHistoryQuery: Type.Partial(Type.Omit(history.HistoryQuerySchema, ['format'])),
    SessionHistory: history.HistorySchema,
    SessionStatsQuery: history.StatsQuerySchema,
    ParticipantStats: history.StatsSchema.properties.participants.items,
    SessionStats: history.StatsSchema,
  },
  'types-run.ts': {
    RunClient: run.RunClientSchema,
    StartRun: run.StartRunSchema,
    Metrics: run.MetricsSchema,
    RunProgress: run.ProgressSchema,
    CompleteRun: run.CompleteRunSchema,
    RunStatus: run.RunStatusSchema,
    RunClientConfig: run.RunSchema.properties.el_client_config,
    Run: run.RunSchema,
    RunPoint: run.RunDetailSchema.properties.progress_history.items,
    RunDetail: run.RunDetailSchema,
    RunListQuery: Type.Partial(run.RunListQuerySchema),
    RunList: run.RunListSchema,
    Acknowledged: run.AcknowledgedSchema,
  },
  'types-comparison.ts': {
    ComparisonQuery: Type.Partial(Type.Omit(comparison.CompareQuerySchema, ['ids'])),
    RunSummary: comparison.RunSummarySchema,
    ComparedRun: comparison.ComparisonSchema.properties.runs.items,
    Comparison: comparison.ComparisonSchema,
    BaselineQuery: Type.Partial(comparison.BaselineQuerySchema),
    BaselineCheck: comparison.BaselineSchema.properties.checks.items,
    Baseline: comparison.BaselineSchema,
  },
  'types-feed.ts': {
    RunStartEvent: RunEvents.test_start,
    RunProgressEvent: RunEvents.test_progress,
    RunCompleteEvent: RunEvents.test_complete,
    RunStaleEvent: RunEvents.test_stale,
    RunRevivedEvent: RunEvents.test_revived,
    RunEvent: Type.Union(Object.values(RunEvents)),
    RunFeedReset,
  },
  'types-presence.ts': {
    Watcher: presence.WatcherSchema,
    Watchers: presence.WatchersSchema,
    Figures: presence.FiguresSchema,
    Instance: presence.InstanceSchema,
    Instances: presence.InstancesSchema,
  },
  'types-realtime.ts': {
    ClientMessage: Type.Union(Object.values(ClientMessages)),
    ServerMessage: Type.Union(Object.values(ServerMessages)),
  },
  'types-server.ts': {
    ServerTime: TimeSchema,
    Health: health.HealthSchema,
    Check: health.CheckSchema,
    Readiness: health.ReadinessSchema,
    ErrorBody: ErrorSchema,
  },
} as const

/** The text of each file of types, as Biome formats it. */
export function typeFiles(): Map<string, string> {
  const tables = Object.entries(TYPES) as [string, Record<string, Schema>][]
  const types = typesOf(Object.assign({}, ...tables.map(([, table]) => table)))
  const homes = new Map(tables.flatMap(([file, table]) => Object.keys(table).map((name) => [name, file])))
  return new Map(
    tables.map(([file, table]) => {
      const text = Object.keys(table)
        .map((name) => types.get(name))
        .join('\n')
      return [file, format(file, HEAD + importsOf(text, file, homes) + text)]
    }),
  )
}

function importsOf(text: string, file: string, homes: Map<string, string>): string {
  const used = new Set(text.match(/(?<=[:|<] )\w+|(?<=<)\w+/g))
  const foreign = [...homes].filter(([name, home]) => home !== file && used.has(name))
  const files = Object.entries(Object.groupBy(foreign, ([, home]) => home)).sort()
  const lines = files.map(([home, names = []]) => {
    return `import type { ${names
      .map(([name]) => name)
      .sort()
      .join(', ')} } from './${home}'\n`
  })
  return lines.length > 0 ? `${lines.join('')}\n` : ''
}

function format(file: string, text: string): string {
  const args = ['format', `--stdin-file-path=${join(SDK, file)}`]
  return execFileSync('biome', args, { input: text, encoding: 'utf8', stdio: 'pipe' })
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of typeFiles()) writeFileSync(join(SDK, file), text)
}
