/** The two clusters, always in this order. A number, because the hot path indexes with it. */
export type Side = 0 | 1
export const ORIGIN: Side = 0
export const TARGET: Side = 1

export type ClusterName = 'origin' | 'target'

export const clusterNames: readonly [ClusterName, ClusterName] = ['origin', 'target']

export function sideOf(name: ClusterName): Side {
  return name === 'origin' ? ORIGIN : TARGET
}

export function otherSide(side: Side): Side {
  return side === ORIGIN ? TARGET : ORIGIN
}

/** One value for each cluster. */
export type PerSide<T> = [origin: T, target: T]
