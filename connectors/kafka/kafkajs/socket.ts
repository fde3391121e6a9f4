import net from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const keepAliveMs = 60_000

/**
 * A connection to a broker. kafkajs ends and unrefs the socket of a broker that is away each time it tries in vain, and each
 * of these calls leaves a listener on a socket that will never connect: once it is closed, they do nothing. To end one that
 * isn't connected yet would wait until it is, or for the two minutes after which the system gives it up.
 */
export const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  socket.setKeepAlive(true, keepAliveMs)
  const end = socket.end.bind(socket)
  socket.end = (...args: unknown[]) => (socket.connecting ? socket.destroy() : Reflect.apply(end, socket, args))
  socket.once('close', () => {
    const nothing = () => socket
    socket.end = nothing
    socket.unref = nothing
  })
  return socket
}
