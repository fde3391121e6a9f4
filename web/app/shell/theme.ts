import { effect, signal } from '@preact/signals'

const themeName = 'vaino-theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = localStorage.getItem(themeName)
export const theme = signal<Theme>(themes.find((one) => one === stored) ?? 'system')

effect(() => {
  localStorage.setItem(themeName, theme.value)
  document.documentElement.dataset.theme = theme.value
})
