/** One event of a stream of Server-Sent Events. */
export type StreamEvent = {
  /** Of this event, else the last one before it; '' before the first. */
  id: string
  /** 'message' unless the event says otherwise. */
  event: string
  data: string
}

/**
 * Reads a stream of Server-Sent Events (text/event-stream) to its end: EventSource itself can send no authorization.
 * `onBytes` is told of whatever arrives, comments included. Rejects when the stream breaks.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: StreamEvent) => void,
  onBytes: () => void = () => {},
): Promise<void> {
  const parse = createEventParser(onEvent)
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      onBytes()
      parse(decoder.decode(next.value, { stream: true }))
    }
  } finally {
    reader.releaseLock()
  }
}

/** Takes the text of a stream piece by piece, wherever it was cut; an event without its empty line is none yet. */
export function createEventParser(onEvent: (event: StreamEvent) => void): (text: string) => void {
  let rest = ''
  let id = ''
  let event = ''
  let data: string[] = []

  function take(line: string) {
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  function dispatch() {
    const complete = { id, event: event || 'message', data: data.join('\n') }
    const worth = data.length > 0
    event = ''
    data = []
    if (worth) onEvent(complete)
  }

  return (text) => {
    // A CR at the very end may be the first half of a CRLF.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
