import { effect, signal } from '@preact/signals'
import { keepChoice, readKept } from '../client/kept.ts'

const themeName = 'vaino-theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = readKept(themeName)
export const theme = signal<Theme>(themes.find((one) => one === stored) ?? 'system')

effect(() => {
  keepChoice(themeName, theme.value)
  document.documentElement.dataset.theme = theme.value
})
