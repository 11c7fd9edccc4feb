import { classes, html } from '../lib/html.ts'

/** Lines on a grid of 24. */
const PATHS = {
  auto: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18v18',
  back: 'M19 12H5M11 6l-6 6 6 6',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21.5h4',
  chart: 'M4 4v16h16M8 15l3.5-4.5 3 2.5L20 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.2 2',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  down: 'M6 9.5l6 6 6-6',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  error: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 9l6 6M15 9l-6 6',
  expand: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
  external: 'M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6',
  filter: 'M4 6h16M7 12h10M10 18h4',
  flag: 'M6 21V4M6 5h12l-2.5 4L18 13H6',
  history: 'M4 5v5h5M4.5 10A8 8 0 1 1 4 13.5M12 8v4.5l3 1.8',
  hourglass: 'M7 3h10M7 21h10M8 3v4l4 5-4 5v4M16 3v4l-4 5 4 5v4',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5.5M12 7.5v.1',
  key: 'M8 10.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M11.2 11.8L20 3M16 7l3 3',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4.2 4.2 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4.2 4.2 0 0 0 6 6l1.5-1.5',
  live: 'M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4M7.8 7.8a6 6 0 0 0 0 8.4M16.2 7.8a6 6 0 0 1 0 8.4M5 5a10 10 0 0 0 0 14M19 5a10 10 0 0 1 0 14',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  more: 'M4.5 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0M11.4 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0M18.3 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0',
  mute: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  next: 'M5 12h14M13 6l6 6-6 6',
  offline:
    'M4 4l16 16M12 18.5h.01M8.5 15a5 5 0 0 1 5.2-1.1M5 11.5a10 10 0 0 1 4.5-2.4M13.5 8.7a10 10 0 0 1 5.5 2.8',
  pause: 'M9 5v14M15 5v14',
  pending: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h.01M12 12h.01M16 12h.01',
  play: 'M8 5l11 7-11 7z',
  plus: 'M12 5v14M5 12h14',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2h-2M14 20h2M18 20h2v-1',
  refresh: 'M20 5v5h-5M19.5 10A8 8 0 1 0 20 13.5',
  right: 'M9.5 6l6 6-6 6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5',
  server: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.5h.01M8 16.5h.01',
  shrink: 'M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5',
  silent: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h8',
  sound: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  step: 'M7 6l7 6-7 6zM17.5 6v12',
  'step-back': 'M17 6l-7 6 7 6zM6.5 6v12',
  stop: 'M6 6h12v12H6z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  switch: 'M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  trash: 'M4 7h16M10 4h4M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5',
  up: 'M6 14.5l6-6 6 6',
  users:
    'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M2.5 20a6.5 6.5 0 0 1 13 0M16 5.5a3.5 3.5 0 0 1 0 6.5M18 14a6.5 6.5 0 0 1 3.5 6',
  warning: 'M12 4L2.5 20h19zM12 10v4.5M12 17.3v.1',
} satisfies Record<string, string>

export type IconName = keyof typeof PATHS

/** The names of all. */
export const ICONS = Object.keys(PATHS) as IconName[]

/** A drawing beside text. With `label` it stands for itself and is read out, without it is decoration. */
export function Icon({ name, label, class: name_ }: { name: IconName; label?: string; class?: string }) {
  const about = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }
  return html`<svg class=${classes('icon', name_)} viewBox="0 0 24 24" ...${about}><path d=${PATHS[name]} /></svg>`
}
