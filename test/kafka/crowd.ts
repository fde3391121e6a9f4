import { connect, type Socket } from 'node:net'

const more = 20

/**
 * Fills the queue of connections that a process hasn't accepted, because it hangs and its queue is short: whoever connects
 * next gets no answer at all, as from a machine that is off the network.
 */
export function crowd(host: string, port: number): Disposable {
  const sockets = Array.from({ length: more }, (): Socket => connect(port, host).on('error', () => undefined))
  return { [Symbol.dispose]: () => sockets.forEach((socket) => void socket.destroy()) }
}
