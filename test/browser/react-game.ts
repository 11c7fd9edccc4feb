import type { createElement, ReactElement } from 'react'
import { useCountdown, useSession } from '../../sdk/react.ts'

export type GameProps = {
  id: string
  players: string[]
  count?: number
  step_ms?: number
  onRender?: (left: number) => void
}

/** A game of two clocks, as somebody might write it. `h` is the createElement of whoever renders it. */
export function createGame(h: typeof createElement) {
  function Countdown({
    id,
    player,
    index,
    step_ms,
    onRender,
  }: { id: string; player: string; index: number } & Pick<GameProps, 'step_ms' | 'onRender'>): ReactElement {
    const { session } = useSession(id)
    const left = useCountdown(session, player, step_ms)
    onRender?.(left)
    return h('output', { id: index === 0 ? 'left' : undefined }, left)
  }

  function Turn({ id }: { id: string }): ReactElement {
    return h('output', { id: 'other-turn' }, useSession(id).state?.active_participant_id)
  }

  return function Game({ id, players, count = 1, step_ms, onRender }: GameProps): ReactElement {
    const { state, status, pending, session } = useSession(id)
    const [player = ''] = players
    return h(
      'main',
      null,
      h('output', { id: 'turn' }, state?.active_participant_id),
      h('output', { id: 'status' }, status),
      h('output', { id: 'session-status' }, state?.status),
      h('output', { id: 'pending' }, String(pending)),
      h('button', { id: 'switch', type: 'button', onClick: () => session?.switch() }, 'Switch'),
      h(Turn, { id }),
      Array.from({ length: count }, (_, index) =>
        h(Countdown, {
          key: index,
          id,
          player,
          index,
          ...(step_ms && { step_ms }),
          ...(onRender && { onRender }),
        }),
      ),
    )
  }
}
