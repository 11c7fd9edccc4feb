// Written by `npm run sdk:types` from schemas/.

export type Watcher = {
  /** Of the socket or stream, for as long as it is open */
  id: string
  /** What it calls itself with ?client= */
  name: string | null
  transport: 'websocket' | 'sse'
  /** The id of the instance that it is connected to */
  instance: string
  /** Since when it is connected */
  connected_at: string
}

export type Watchers = {
  /** How many there are on all instances */
  total: number
  /** true: other instances could not all be asked, and what is told here may lack theirs */
  partial: boolean
  /** Those that are connected the longest */
  watchers: Watcher[]
}

export type Figures = {
  /** Answered requests per second, over the last 10 s */
  requests_per_second: number
  /** Switches that took effect per second, over the last 10 s */
  switches_per_second: number
  /** Requests that failed by the server's fault (5xx) per second, over the last 10 s */
  errors_per_second: number
  /**
   * What half of the requests took at most, in ms, over the last 10 s; null when there were none,
   * streams left out
   */
  p50_ms: number | null
  /**
   * What 99 % of the requests took at most, in ms, over the last 10 s; null when there were none,
   * streams left out
   */
  p99_ms: number | null
  /** How late timers are, on average, in ms */
  event_loop_lag_ms: number
  /** Of one core, over the last 10 s */
  cpu_percent: number
  /** JavaScript heap in use */
  heap_bytes: number
  /** Memory of the process */
  rss_bytes: number
  /** Open WebSockets */
  sockets: number
  /** Open event streams */
  streams: number
  /** Sessions watched, counted once for each socket and stream */
  subscriptions: number
  /** Events that are not in the database yet, on all instances together */
  outbox_pending: number | null
  /** Jobs that wait or are worked on, on all instances together */
  jobs_pending: number | null
}

export type Instance = {
  /** Another one after each start */
  id: string
  /** Name of the machine or container */
  host: string
  pid: number
  /** Of the server */
  version: string
  /** Of Node.js */
  node: string
  store: 'embedded' | 'redis'
  /** The start of this server */
  started_at: string
  /** When it last said so */
  seen_at: string
  figures: Figures
}

export type Instances = {
  /** The oldest first */
  instances: Instance[]
  /** true: other instances could not all be asked, and what is told here may lack theirs */
  partial: boolean
}
