import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { VainoError } from '../../../model/errors.ts'

/** A connection to a server through an HTTP proxy (RFC 9110 §9.3.6). @throws VainoError `source_failed` where the proxy refuses */
export function tunnel(proxy: URL, server: URL, signal: AbortSignal): Promise<Socket> {
  const isSecure = proxy.protocol === 'https:'
  const target = `${server.hostname}:${server.port || (server.protocol === 'https:' ? 443 : 80)}`
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request({
      method: 'CONNECT',
      host: proxy.hostname,
      port: proxy.port || (isSecure ? 443 : 80),
      path: target,
      headers: {
        host: target,
        ...(proxy.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }),
      },
      agent: false,
      signal,
    })
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket)
      socket.destroy()
      reject(refusal(proxy, statusCode))
    })
    request.on('response', ({ statusCode }) => {
      request.destroy()
      reject(refusal(proxy, statusCode))
    })
    request.on('error', reject)
    request.end()
  })
}

const refusal = (proxy: URL, status: number | undefined): VainoError =>
  new VainoError('source_failed', `the proxy ${proxy.host} answers ${status}`, {
    hint: 'Look at proxy-url of the cluster in the kubeconfig, or at HTTPS_PROXY and NO_PROXY.',
  })
