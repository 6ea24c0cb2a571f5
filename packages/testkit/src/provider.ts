// The seam between a suite and where its clusters come from: embedded ones here, containers later.

import type { Credentials } from '@zdmkit/transport'
import { EmbeddedCassandra } from './embedded/embedded-cassandra.ts'

/** The cluster that a suite wants. */
export interface ClusterSpec {
  role: 'origin' | 'target'
  clusterName: string
  dataCenter: string
  /** A line such as `4.0`, or an exact version. */
  version: string
  /** Password authentication; default false. */
  auth?: boolean
}

/** A cluster that answers. Disposing of it ends it and removes all it wrote. */
export interface RunningCluster extends AsyncDisposable {
  readonly contactPoints: readonly string[]
  readonly port: number
  readonly dataCenter: string
  readonly clusterName: string
  /** The exact version, such as `4.0.18`. */
  readonly releaseVersion: string
  /** Present when the cluster asks for a password. */
  readonly credentials?: Credentials
  readonly kind: 'embedded' | 'container'
  /** From now on the cluster outlives this process; the text is what {@link ClusterProvider.endKept} needs to end it. */
  keep(): Promise<string>
}

/** What a start may be told; the signal ends it, and nothing is left then. */
export interface ClusterStartOptions {
  signal?: AbortSignal
  /** Called with one line for a person at each step. */
  onProgress?: (line: string) => void
}

/** Starts clusters. May be called several times at once. */
export interface ClusterProvider {
  /** Such as `embedded`. */
  readonly name: string
  start(spec: ClusterSpec, options?: ClusterStartOptions): Promise<RunningCluster>
  /** Ends a cluster that some process kept; false when there is none any more. */
  endKept(handle: string): Promise<boolean>
}

/** What all clusters of an embedded provider have in common; the meaning is that of {@link EmbeddedCassandra.start}. */
export interface EmbeddedProviderOptions {
  nodes?: number
  heapMb?: number
  jmx?: boolean
  directory?: string
  settings?: Readonly<Record<string, string | number | boolean>>
  startTimeoutMs?: number
}

/** Clusters as child processes of this one. */
export function embeddedProvider(options: EmbeddedProviderOptions = {}): EmbeddedProvider {
  return {
    name: 'embedded',
    start({ role: _, ...spec }, startOptions = {}) {
      return EmbeddedCassandra.start({ ...options, ...spec, ...startOptions })
    },
    endKept: (handle) => EmbeddedCassandra.stopKept(handle),
  }
}

/** A provider whose clusters can also be paused, killed and restarted node by node. */
export interface EmbeddedProvider extends ClusterProvider {
  start(spec: ClusterSpec, options?: ClusterStartOptions): Promise<EmbeddedCassandra>
}
