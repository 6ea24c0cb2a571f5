import type { ClusterSpec } from '@zdmkit/testkit'

/** The exercise's origin, as far as Apache Cassandra can stand in for DSE: its release line, names and data center. */
export const DEMO_ORIGIN: ClusterSpec = {
  role: 'origin',
  clusterName: 'DSE_Cluster',
  dataCenter: 'dc1',
  version: '4.0',
}

/** The exercise's target, standing in for HCD. */
export const DEMO_TARGET: ClusterSpec = {
  role: 'target',
  clusterName: 'HCD_Cluster',
  dataCenter: 'datacenter1',
  version: '5.0',
}
