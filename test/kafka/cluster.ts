import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { describeCluster } from '../../connectors/kafka/kafka.ts'
import type { KafkaSettings } from '../../connectors/kafka/settings.ts'
import { KafkaNode } from './node.ts'

export interface ClusterOptions {
  /** 1 or 3. */
  readonly nodes?: number
  /** The clients' ports, the first node's first; free ones by default. */
  readonly ports?: readonly number[]
  /** Where the brokers keep their data; a temporary folder that goes with the cluster by default. */
  readonly folder?: string
  /** More of the brokers' configuration. */
  readonly config?: Readonly<Record<string, string | number>>
  /** More arguments of `kafka-storage format`. */
  readonly format?: readonly string[]
  /** The port at which the nodes reach a node's controller; that controller's own by default. */
  readonly controllerPort?: (node: number, own: number) => number
  /** How clients connect where it isn't in the clear. */
  readonly client?: Omit<KafkaSettings, 'brokers'>
}

const readyTimeoutMs = 60_000
const pollMs = 50
const loopback = '127.0.0.1'

/** Below the range that outgoing connections take theirs from: else one of them may sit on a broker's port while it is down. */
const portRange = { first: 10_000, count: 20_000 }

/** Nobody listens there on loopback. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, loopback, () => server.close(() => resolve(true)))
  })

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = portRange.first + randomInt(portRange.count)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

/** Failover within seconds, little memory, internal topics that are quick to make. */
const brokerConfig = (nodes: number) => ({
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'CLIENT',
  'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 300,
  'auto.create.topics.enable': 'false',
  'default.replication.factor': nodes,
  'min.insync.replicas': nodes > 1 ? 2 : 1,
  'offsets.topic.num.partitions': 5,
  'offsets.topic.replication.factor': nodes,
  'transaction.state.log.num.partitions': 5,
  'transaction.state.log.replication.factor': nodes,
  'transaction.state.log.min.isr': nodes > 1 ? 2 : 1,
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.replication.factor': nodes,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
  'num.network.threads': 2,
  'num.io.threads': 3,
  'message.max.bytes': 2 * 1024 * 1024,
})

/** A running Apache Kafka of one or three brokers. */
export class KafkaCluster implements AsyncDisposable {
  readonly nodes: readonly KafkaNode[]
  /** For clients: every broker's address, and how to connect. */
  readonly settings: KafkaSettings
  readonly #temporary: string | null

  constructor(nodes: readonly KafkaNode[], client: Omit<KafkaSettings, 'brokers'>, temporary: string | null) {
    this.nodes = nodes
    this.settings = { ...client, brokers: nodes.map(({ address }) => address) }
    this.#temporary = temporary
  }

  node(id: number): KafkaNode {
    const found = this.nodes.find((node) => node.id === id)
    if (found === undefined) throw new Error(`the cluster has no node ${id}`)
    return found
  }

  /** Starts the nodes that don't run, and resolves when every running node knows all others that run. */
  async start(): Promise<void> {
    for (const node of this.nodes) node.start()
    await this.whenReady()
  }

  /**
   * Resolves when each running node's metadata knows all running nodes and a controller: a node that says that it is up
   * may still answer that there is none.
   */
  async whenReady(): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs
    for (const node of this.nodes.filter(({ isRunning }) => isRunning)) {
      while (!(await this.#knowsAll(node))) {
        if (!node.isRunning) throw new Error(`node ${node.id} ended: ${node.log}`)
        if (Date.now() > deadline) throw new Error(`node ${node.id} is not ready: ${node.log}`)
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()))
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true })
  }

  async #knowsAll(node: KafkaNode): Promise<boolean> {
    const running = this.nodes.filter(({ isRunning }) => isRunning).map(({ id }) => id)
    try {
      const { nodes, controller } = await describeCluster({ ...this.settings, brokers: [node.address] }, 1000)
      const known = new Set(nodes.map(({ id }) => id))
      return controller !== null && running.every((id) => known.has(id))
    } catch {
      // Not up yet; whenReady has the time limit.
      return false
    }
  }
}

/** What the brokers' data belong to: a broker refuses data of another cluster. */
function clusterIdIn(folder: string): string {
  const file = path.join(folder, 'cluster-id')
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('base64url'))
  return readFileSync(file, 'utf8')
}

/** Starts a cluster and resolves when it is ready. */
export async function startKafka(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const count = options.nodes ?? 1
  const temporary = options.folder === undefined ? mkdtempSync(path.join(os.tmpdir(), 'vaino-kafka-')) : null
  const folder = options.folder ?? temporary ?? os.tmpdir()
  const free = await freePorts(count * 2)
  const clientPorts = free.slice(0, count).map((port, index) => options.ports?.[index] ?? port)
  const controllerPorts = free.slice(count)
  const { controllerPort = (_node, own) => own } = options
  const reachedAt = controllerPorts.map((own, index) => controllerPort(index + 1, own))
  const voters = reachedAt.map((port, index) => `${index + 1}@${loopback}:${port}`).join(',')
  const nodes = clientPorts.map((port, index) => {
    const id = index + 1
    return new KafkaNode(id, `${loopback}:${port}`, path.join(folder, `node-${id}`), {
      ...brokerConfig(count),
      'controller.quorum.voters': voters,
      listeners: `CLIENT://${loopback}:${port},CONTROLLER://${loopback}:${controllerPorts[index]}`,
      'advertised.listeners': `CLIENT://${loopback}:${port},CONTROLLER://${loopback}:${reachedAt[index]}`,
      ...options.config,
    })
  })
  const clusterId = clusterIdIn(folder)
  await Promise.all(nodes.map((node) => node.format(clusterId, options.format ?? [])))
  const cluster = new KafkaCluster(nodes, options.client ?? {}, temporary)
  try {
    await cluster.start()
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
  return cluster
}
