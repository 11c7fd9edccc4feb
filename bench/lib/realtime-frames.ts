const EMPTY = Buffer.alloc(0)

export const Opcode = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** A frame as clients send it, of at most 125 bytes; the mask is zero, which leaves the payload as it is. */
export function clientFrame(opcode: number, payload = ''): Buffer {
  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | Buffer.byteLength(payload), 0, 0, 0, 0]),
    Buffer.from(payload),
  ])
}

/** Cuts a stream of bytes into frames, as servers send them: whole and without a mask. A payload is lent, not given. */
export function createFrameParser(onFrame: (opcode: number, payload: Buffer) => void) {
  let rest = EMPTY
  return (chunk: Buffer): void => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    while (data.length - at >= 2) {
      const short = (data[at + 1] as number) & 0x7f
      const start = at + (short === 127 ? 10 : short === 126 ? 4 : 2)
      if (data.length < start) break
      const length =
        short === 127 ? data.readUIntBE(at + 4, 6) : short === 126 ? data.readUInt16BE(at + 2) : short
      if (data.length < start + length) break
      onFrame((data[at] as number) & 0x0f, data.subarray(start, start + length))
      at = start + length
    }
    rest = at < data.length ? Buffer.from(data.subarray(at)) : EMPTY
  }
}

/** Calls `onEvent` at the end of each Server-Sent Event, comments left out. */
export function createEventCounter(onEvent: () => void) {
  const LF = 10
  const COLON = 58
  let before = [0, 0]
  return (chunk: Buffer): void => {
    if (before[1] === LF && chunk[0] === LF && before[0] !== COLON) onEvent()
    for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) {
      if ((at > 0 ? chunk[at - 1] : before[1]) !== COLON) onEvent()
    }
    before = [chunk.at(-2) ?? before[1] ?? 0, chunk.at(-1) ?? 0]
  }
}
