import type { Frame, Message, Position } from './frames.ts'

/**
 * For one reader of changes: which form of each frame it gets. That is decided when a frame is written, for a frame that
 * was superseded in between takes the ground from under the next one.
 */
export function createChanges() {
  /** What the reader has of each key that it follows; null: nothing that it could build on. */
  const bases = new Map<string, Position | null>()
  return {
    follow(name: string): void {
      bases.set(name, null)
    },
    forget(name: string): void {
      bases.delete(name)
    },
    /** A frame is on its way. One that is no change was asked for, maybe because the reader has lost what it had. */
    expect({ name, change }: Frame): void {
      if (!change && bases.has(name)) bases.set(name, null)
    },
    /** The form to send now. */
    next(frame: Frame): Message {
      const { name, update, change } = frame
      const base = bases.get(name)
      if (base !== undefined) bases.set(name, update.document === null ? null : update)
      return change ? ((base && change.delta(base)) ?? change.whole) : frame
    },
  }
}
