import { Button } from '../../components/button.ts'
import { Choice } from '../../components/field.ts'
import { useHotkey } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { andLetGo } from './face-card.ts'
import { type Replay, SPEEDS, type Speed } from './replay.ts'

/** In the place of what would change the session: how to move through its past. `stays`: there is no present. */
export function PastControls({ replay, stays }: { replay: Replay; stays: boolean }) {
  const toggle = () => (replay.playing ? replay.pause() : replay.play())
  useHotkey(' ', toggle)
  useHotkey('p', toggle)
  useHotkey('l', () => !stays && replay.leave())
  const speeds = SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }))
  return html`<div class="controls">
    ${!stays && html`<${Button} class="go live" kind="primary" size="large" icon="live" onClick=${andLetGo(replay.leave)}>Back to live<kbd>L</kbd><//>`}
    <${Button} size="large" icon=${replay.playing ? 'pause' : 'play'} onClick=${andLetGo(toggle)}>${replay.playing ? 'Stop' : 'Play'}<kbd>Space</kbd><//>
    <${Choice} label="Speed" hidden options=${speeds} value=${String(replay.speed)} onChange=${(value: string) => replay.setSpeed(Number(value) as Speed)} />
  </div>`
}
