import type { NewParticipant } from '../../sdk/index.ts'
import type { Random } from './random.ts'

/** All invented. */
export const NAMES = [
  'Ada Ortega',
  'Bela Lindqvist',
  'Chidi Okafor',
  'Daria Petrova',
  'Emil Haugen',
  'Farah Nasser',
  'Goran Kovac',
  'Hana Sato',
  'Ivo Marques',
  'Jun Takeda',
  'Kemal Aydin',
  'Lucia Ferri',
  'Mira Novak',
  'Nils Berger',
  'Olu Adeyemi',
  'Priya Raman',
  'Quim Soler',
  'Rosa Delgado',
  'Sven Dahl',
  'Tala Haddad',
]

/** They stay apart for people who see fewer colours, too. */
export const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']

export type Person = { name: string; color?: string | undefined; group_id?: string }

/** Participants with these clocks (ms) in the order of their turns, and who they are, for `metadata.participants`. */
export function seat(random: Random, people: Person[], total_time_ms: number) {
  const ids = people.map(() => random.uuid())
  const participants: NewParticipant[] = people.map(({ group_id }, index) => ({
    participant_id: ids[index] as string,
    participant_index: index,
    total_time_ms,
    ...(group_id === undefined ? {} : { group_id }),
  }))
  const known = Object.fromEntries(
    people.map(({ name, color }, index) => [
      ids[index],
      { name, color: color ?? COLORS[index % COLORS.length] },
    ]),
  )
  return { participants, known }
}
