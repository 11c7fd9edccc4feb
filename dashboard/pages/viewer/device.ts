import { useEffect, useState } from 'preact/hooks'

export type WakeLock = 'held' | 'released' | 'unsupported'

/** Keeps the screen on while `wanted`. A hidden page loses that, and asks again once it is seen. */
export function useWakeLock(wanted: boolean): WakeLock {
  const [state, setState] = useState<WakeLock>('released')
  useEffect(() => {
    if (!wanted) return
    // Browsers have it on https and localhost alone.
    if (!('wakeLock' in navigator)) return setState('unsupported')
    let lock: WakeLockSentinel | null = null
    let over = false
    const ask = async () => {
      if (document.hidden || (lock && !lock.released)) return
      try {
        lock = await navigator.wakeLock.request('screen')
        lock.addEventListener('release', () => setState('released'))
        if (over) await lock.release()
        else setState('held')
      } catch {
        // A battery that is nearly empty comes first.
        setState('released')
      }
    }
    void ask()
    document.addEventListener('visibilitychange', ask)
    return () => {
      over = true
      document.removeEventListener('visibilitychange', ask)
      void lock?.release()
    }
  }, [wanted])
  return state
}

/** Whether the page fills the screen, and how to change that; null where it cannot (on iPhones, for one). */
export function useFullscreen(): { on: boolean; toggle(): void } | null {
  const [on, setOn] = useState(document.fullscreenElement !== null)
  useEffect(() => {
    const update = () => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', update)
    return () => document.removeEventListener('fullscreenchange', update)
  }, [])
  if (!document.fullscreenEnabled) return null
  const toggle = () => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen({ navigationUI: 'hide' })
    // Refused without a key or a press of the reader's own: then it stays as it is.
    change.catch(() => {})
  }
  return { on, toggle }
}

/** Whether nobody has touched anything for so long. */
export function useIdle(after_ms: number): boolean {
  const [idle, setIdle] = useState(false)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const wake = () => {
      setIdle(false)
      clearTimeout(timer)
      timer = setTimeout(() => setIdle(true), after_ms)
    }
    wake()
    const events = ['pointermove', 'pointerdown', 'keydown', 'focusin']
    for (const event of events) document.addEventListener(event, wake)
    return () => {
      clearTimeout(timer)
      for (const event of events) document.removeEventListener(event, wake)
    }
  }, [after_ms])
  return idle
}
