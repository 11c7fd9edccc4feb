import { useEffect, useRef, useState } from 'preact/hooks'
import { client, type LiveSession, remaining, type Session } from '../../lib/api.ts'
import { load, save } from '../../lib/storage.ts'

const KEY = 'synckairos.sound'
const LAST_SECONDS = 10

export type Sound = {
  /** What the listener chose. */
  on: boolean
  /** The browser keeps quiet until somebody touches the page. */
  blocked: boolean
  toggle(): void
}

/** A tick for each of the last seconds of the clock that runs, and a gong when it has run out. */
export function useSound(live: LiveSession | null, session: Session | null): Sound {
  const [on, setOn] = useState(() => load(KEY) === 'on')
  const [blocked, setBlocked] = useState(false)
  const speaker = useRef<Speaker | null>(null)

  useEffect(() => {
    if (!on) return
    // Browsers let nothing sound before somebody has touched the page, and complain of attempts.
    const begin = () => {
      if (!navigator.userActivation.hasBeenActive) return setBlocked(true)
      speaker.current ??= createSpeaker()
      setBlocked(false)
    }
    begin()
    const gestures = ['pointerup', 'keydown']
    for (const gesture of gestures) document.addEventListener(gesture, begin)
    return () => {
      for (const gesture of gestures) document.removeEventListener(gesture, begin)
      speaker.current?.close()
      speaker.current = null
    }
  }, [on])

  // The deadline that was rung for: the server tells of it a moment after this clock has seen it.
  const rung = useRef<string | null>(null)
  const ring = (deadline: string | null) => {
    if (deadline === null || rung.current === deadline) return
    rung.current = deadline
    speaker.current?.gong()
  }
  const latest = useRef(ring)
  latest.current = ring

  useEffect(() => {
    if (!on) return
    return live?.on('expired', ({ state }) => latest.current(state.updated_at))
  }, [on, live])

  useEffect(() => {
    if (!on || session?.status !== 'running') return
    // Timers, not frames: a screen that is not looked at is heard all the same.
    return eachSecond(session, (second) => {
      if (second === 0) latest.current(session.cycle_deadline_at)
      else if (second <= LAST_SECONDS) speaker.current?.tick(second)
    })
  }, [on, session])

  return {
    on,
    blocked: on && blocked,
    toggle() {
      save(KEY, on ? undefined : 'on')
      setOn(!on)
    },
  }
}

/** Calls back when the running clock reaches each full second, down to 0; not for the one that it is in. */
function eachSecond(session: Session, reach: (second: number) => void): () => void {
  const id = session.active_participant_id
  const left = () => (id === null ? 0 : remaining(session, id, client.clock.now()))
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (second: number) => {
    if (!Number.isFinite(second) || second < 0) return
    timer = setTimeout(
      () => {
        // Timers may come early, and the clock may have been set right meanwhile.
        if (left() > second * 1000) return wait(second)
        reach(second)
        wait(second - 1)
      },
      Math.max(1, left() - second * 1000),
    )
  }
  wait(Math.ceil(left() / 1000) - 1)
  return () => clearTimeout(timer)
}

type Speaker = ReturnType<typeof createSpeaker>

function createSpeaker() {
  const audio = new AudioContext()

  function note(frequency: number, volume: number, seconds: number) {
    const start = audio.currentTime
    const tone = audio.createOscillator()
    const level = audio.createGain()
    tone.frequency.value = frequency
    level.gain.setValueAtTime(volume, start)
    level.gain.exponentialRampToValueAtTime(0.0001, start + seconds)
    tone.connect(level).connect(audio.destination)
    tone.start(start)
    tone.stop(start + seconds)
  }

  return {
    /** The last three are higher. */
    tick: (second: number) => note(second <= 3 ? 1320 : 880, 0.25, 0.08),
    /** Partials of a bell, which are no multiples of the lowest. */
    gong() {
      for (const [frequency, volume, seconds] of [
        [196, 0.4, 3.5],
        [313, 0.25, 2.6],
        [466, 0.18, 1.9],
        [740, 0.1, 1.1],
      ] as const) {
        note(frequency, volume, seconds)
      }
    },
    close: () => void audio.close().catch(() => {}),
  }
}
