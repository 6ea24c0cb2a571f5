// HOT PATH: reserves a stream on each cluster that is asked before anything is sent to any, then sends.

import { ErrorCode } from '@zdmkit/protocol'
import type { ClusterChannel } from '../group/cluster-channel.ts'
import type { Group } from '../group/group.ts'
import type { Link } from '../group/link.ts'
import { BOTH, type Destination } from '../routing/route.ts'
import type { Request } from '../settle/request.ts'
import { clusterNames, ORIGIN, type Side, TARGET } from '../side.ts'

/** Changes bytes of the frame just handed to `channel`, such as its prepared ids. */
export type Patch = (request: Request, channel: ClusterChannel) => void

/**
 * Sends `request` where `destination` says. Where a cluster cannot take it, it is sent to none and answered with OVERLOADED, so
 * that a driver may repeat it elsewhere without harm.
 */
export function forward(request: Request, destination: Destination, patch: Patch | null): void {
  admit(request)
  sendAdmitted(request, destination, patch)
}

/** {@link forward} of a request that `admit` has counted in. */
export function sendAdmitted(request: Request, destination: Destination, patch: Patch | null): void {
  const { client } = request
  const { context } = client
  request.patch = patch
  const { links } = request.group as Group
  if (destination !== BOTH) {
    const link = links[destination]
    const channel = link.pick(client.slot)
    const stream = channel === null ? -1 : channel.reserve()
    if (channel === null || stream < 0) return refuseUnsent(request, link, channel)
    context.metrics.started(request, destination)
    sendTo(request, channel, stream)
    return
  }
  request.isDual = true
  const origin = links[ORIGIN].pick(client.slot)
  const originStream = origin === null ? -1 : origin.reserve()
  if (origin === null || originStream < 0) return refuseUnsent(request, links[ORIGIN], origin)
  const target = links[TARGET].pick(client.slot)
  const targetStream = target === null ? -1 : target.reserve()
  if (target === null || targetStream < 0) {
    origin.release(originStream)
    return refuseUnsent(request, links[TARGET], target)
  }
  context.metrics.started(request, destination)
  sendTo(request, origin, originStream)
  sendTo(request, target, targetStream)
}

/** Counts the request in; from here on it is answered exactly once. */
export function admit(request: Request): void {
  const { client } = request
  client.inFlight++
  client.context.metrics.admitted++
  request.generation.inFlight++
  client.context.deadlines.add(request)
}

function sendTo(request: Request, channel: ClusterChannel, stream: number): void {
  request.sent(channel.side, channel, stream)
  channel.send(stream, request, request.source, request.start, request.end)
  if (request.patch !== null) request.patch(request, channel)
}

function refuseUnsent(request: Request, link: Link, channel: ClusterChannel | null): void {
  const reason = channel === null ? link.downReason : `all ${channel.inFlight} streams of its connection are in use`
  request.client.answerError(
    request,
    ErrorCode.OVERLOADED,
    `${clusterNames[link.side]} cannot take the request: ${reason}; nothing was sent`,
  )
}

/** Sends the request's frame once more to one cluster, on a stream of its own. `false`: it could not be sent. */
export function sendAgain(request: Request, side: Side): boolean {
  const { client } = request
  const channel = request.group?.links[side].pick(client.slot) ?? null
  const stream = channel === null ? -1 : channel.reserve()
  if (channel === null || stream < 0) return false
  // `sent` counts it in again; the part was never counted out.
  request.waiting--
  sendTo(request, channel, stream)
  return true
}
