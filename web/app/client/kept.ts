// What this browser keeps between visits. Where it keeps nothing, because storage is blocked or full, choices last as long as the page.

/** Null where nothing is kept, or nothing can be. */
export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    // Blocked by the browser's settings.
    return null
  }
}

export function keepChoice(name: string, text: string): void {
  try {
    localStorage.setItem(name, text)
  } catch {
    // Blocked, or full: the choice holds for this page.
  }
}
