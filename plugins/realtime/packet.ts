const FINAL_TEXT = 0x81
/** RFC 6455, 5.5.2: a ping without payload. */
export const PING: Buffer = Buffer.from([0x89, 0])

const LENGTH_16 = 126
const LENGTH_64 = 127

/**
 * JSON as the whole WebSocket frame that a server sends (RFC 6455, 5.2: final, text, not masked), and its payload as a
 * part of it. Made once for all readers: `ws` would make a header for each of them, and write that by itself.
 */
export function createPacket(json: string): { packet: Buffer; text: Buffer } {
  const length = Buffer.byteLength(json)
  const start = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10
  const packet = Buffer.allocUnsafe(start + length)
  packet[0] = FINAL_TEXT
  if (start === 2) {
    packet[1] = length
  } else if (start === 4) {
    packet[1] = LENGTH_16
    packet.writeUInt16BE(length, 2)
  } else {
    packet[1] = LENGTH_64
    packet.writeBigUInt64BE(BigInt(length), 2)
  }
  packet.write(json, start)
  return { packet, text: packet.subarray(start) }
}

/** Text on one line as a Server-Sent Event, and that as a whole HTTP chunk (RFC 9112, 7.1). Made once for all readers, too. */
export function createEvent(id: string, text: Buffer): { chunk: Buffer; event: Buffer } {
  const head = `id: ${id}\ndata: `
  const length = head.length + text.length + 2
  const size = `${length.toString(16)}\r\n`
  const chunk = Buffer.concat([Buffer.from(size + head), text, Buffer.from('\n\n\r\n')])
  return { chunk, event: chunk.subarray(size.length, size.length + length) }
}
