/** Waits for a promise to settle, at most `withinMs`. Never rejects: a connection that breaks while it is closed is closed. */
export async function closeSoon(closing: Promise<unknown>, withinMs = 2000): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs)
  })
  const closed = closing.then(
    () => undefined,
    () => undefined,
  )
  await Promise.race([closed, limit])
  clearTimeout(timer)
}
