import type { Frame } from '../../../plugins/realtime/frames.ts'

/** A sink and what it got, as `SYNC 3`, `UPDATE 4`, `DELETED 5`. */
export function reader() {
  const frames: Frame[] = []
  return {
    frames,
    sink: (frame: Frame) => void frames.push(frame),
    get got() {
      return frames.map(({ text }) => {
        const { type, version } = JSON.parse(text.toString())
        return `${type.replace(/^(STATE|SESSION)_/, '')} ${version}`
      })
    },
  }
}
