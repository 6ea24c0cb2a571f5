import { Consistency, encodeRequest, Opcode, type ProtocolVersion, query } from '@zdmkit/protocol'
import type { ClientConnection } from '../client/client-connection.ts'
import { type Identity, logIn, RefusedByCluster } from '../login/identity.ts'
import type { ProxyContext } from '../proxy-context.ts'
import { clusterNames, ORIGIN, type PerSide, type Side, TARGET } from '../side.ts'
import type { ClusterChannel } from './cluster-channel.ts'
import { Link } from './link.ts'

/** What decides whether two clients may share connections; equal keys, same group. */
export interface GroupSpec {
  readonly version: number
  readonly keyspace: string | null
  /** All STARTUP options as the client sent them; a group's connections have those of its first client. */
  readonly startupOptions: Readonly<Record<string, string>>
  readonly identity: Identity
}

/**
 * Options by which drivers describe themselves; they change nothing that a cluster does. CLIENT_ID is another one for each
 * session, which would have a group of its own.
 */
const DESCRIPTIONS: ReadonlySet<string> = new Set([
  'DRIVER_NAME',
  'DRIVER_VERSION',
  'APPLICATION_NAME',
  'APPLICATION_VERSION',
  'CLIENT_ID',
])

export function groupKey(spec: GroupSpec): string {
  const options = Object.entries(spec.startupOptions)
    .filter(([name]) => !DESCRIPTIONS.has(name))
    .sort(([first], [second]) => (first < second ? -1 : 1))
  return JSON.stringify([spec.version, spec.keyspace, spec.identity.digest, options])
}

/** Client connections that share their cluster connections. */
export class Group {
  readonly key: string
  readonly spec: GroupSpec
  readonly links: PerSide<Link>
  readonly #clients = new Set<ClientConnection>()
  readonly #context: ProxyContext
  #openings = 0
  /** Monotonic ms since which it has no client. */
  idleSinceMs: number

  constructor(context: ProxyContext, spec: GroupSpec) {
    this.#context = context
    this.spec = spec
    this.key = groupKey(spec)
    this.idleSinceMs = context.nowMs
    this.links = [this.#link(ORIGIN), this.#link(TARGET)]
  }

  /** Nobody is in it, and nobody waits to be. */
  get isIdle(): boolean {
    return this.#clients.size === 0 && this.#openings === 0
  }

  join(client: ClientConnection): void {
    this.#clients.add(client)
  }

  leave(client: ClientConnection): void {
    this.#clients.delete(client)
    if (this.#clients.size === 0) this.idleSinceMs = this.#context.nowMs
  }

  /**
   * Opens the connections to these clusters and waits for one each; those to the other cluster are tried in the background.
   * @throws RefusedByCluster, or ClusterUnreachable, for the first cluster that cannot be had
   */
  async open(required: readonly Side[]): Promise<void> {
    for (const side of [ORIGIN, TARGET] as const) if (!required.includes(side)) this.links[side].keepUp()
    this.#openings++
    try {
      await Promise.all(required.map((side) => this.links[side].open()))
    } finally {
      this.#openings--
    }
  }

  close(): void {
    for (const link of this.links) link.close()
  }

  #link(side: Side): Link {
    return new Link(this.#context, side, this.spec.version, (channel) => this.#admit(channel))
  }

  async #admit(channel: ClusterChannel): Promise<void> {
    const { identity, startupOptions, keyspace } = this.spec
    await logIn(this.#context, channel, startupOptions, identity)
    if (keyspace !== null) await useKeyspace(this.#context, channel, keyspace)
  }
}

async function useKeyspace(context: ProxyContext, channel: ClusterChannel, keyspace: string): Promise<void> {
  const text = `USE "${keyspace.replaceAll('"', '""')}"`
  const frame = encodeRequest(
    query,
    { query: text, parameters: { consistency: Consistency.ONE } },
    { version: channel.version as ProtocolVersion, stream: 0 },
  )
  const answer = await channel.ask(frame, context.options.requestTimeoutMs)
  if (answer.opcode !== Opcode.RESULT)
    throw new RefusedByCluster(channel.side, answer, `${clusterNames[channel.side]} refused ${text}`)
}
