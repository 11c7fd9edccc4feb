import type { IconName } from '../../components/icon.ts'
import { newId } from '../../lib/api.ts'
import type { Draft, Person } from './draft.ts'

export type Preset = { id: string; name: string; about: string; icon: IconName; draft(): Draft }

export const person = (name = '', time = '5:00', group = 'A'): Person => ({ id: newId(), name, time, group })

/** What people need most often, ready to start. */
export const PRESETS: readonly Preset[] = [
  {
    id: 'chess',
    name: 'Chess 5+3',
    about: 'Five minutes each, three seconds per move',
    icon: 'switch',
    draft: () => ({
      id: newId(),
      kind: 'chess',
      title: 'Chess 5+3',
      mode: 'per_participant',
      people: [person('White'), person('Black')],
      time: '',
      increment: '3',
      ending: 'end_session',
    }),
  },
  {
    id: 'talk',
    name: '10-minute talk',
    about: 'One clock that a speaker can see',
    icon: 'sound',
    draft: () => ({
      id: newId(),
      kind: 'talk',
      title: '10-minute talk',
      mode: 'global',
      people: [person('Speaker')],
      time: '10:00',
      increment: '0',
      ending: 'notify',
    }),
  },
  {
    id: 'auction',
    name: '30 s auction',
    about: 'Thirty fresh seconds after every bid',
    icon: 'flag',
    draft: () => ({
      id: newId(),
      kind: 'auction',
      title: 'Auction',
      mode: 'per_cycle',
      people: [person('Bidder 1'), person('Bidder 2'), person('Bidder 3')],
      time: '0:30',
      increment: '0',
      ending: 'end_session',
    }),
  },
  {
    id: 'exam',
    name: '60-minute exam',
    about: 'One hour for the whole room, with breaks',
    icon: 'pending',
    draft: () => ({
      id: newId(),
      kind: 'exam',
      title: '60-minute exam',
      mode: 'global',
      people: [person('Everybody')],
      time: '1:00:00',
      increment: '0',
      ending: 'notify',
    }),
  },
  {
    id: 'stopwatch',
    name: 'Stopwatch',
    about: 'Counts up until it is stopped',
    icon: 'clock',
    draft: () => ({
      id: newId(),
      kind: 'stopwatch',
      title: 'Stopwatch',
      mode: 'count_up',
      people: [person('Time')],
      time: '',
      increment: '0',
      ending: 'notify',
    }),
  },
]
