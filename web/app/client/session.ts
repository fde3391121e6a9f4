import { signal } from '@preact/signals'
import { ask } from './client.ts'

const tokenName = 'vaino-token'

/** For this tab only: a token should not outlive it. */
export const token = signal<string | null>(sessionStorage.getItem(tokenName))

export function keepToken(text: string): void {
  sessionStorage.setItem(tokenName, text)
  token.value = text
}

export function forgetToken(): void {
  sessionStorage.removeItem(tokenName)
  token.value = null
}

/** @param path below the pages' own address, without a slash at its start @throws as {@link ask} does */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, { token: token.peek(), type: 'application/json', ...(signal && { signal }) })
  return answer.json()
}

/** Asks for an act. @throws as {@link ask} does */
export async function act<T>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await ask(path, { token: token.peek(), type: 'application/json', method, ...sent })
  return answer.json()
}
