import net from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const keepAliveMs = 60_000

/**
 * A connection to a broker. Each time kafkajs fails to connect, it calls end and unref on the closed socket, and each call adds a
 * listener to it. So on a closed socket both do nothing. On a socket that is still connecting, end would wait for the connection
 * or for the system's timeout of two minutes. So there it destroys the socket.
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
