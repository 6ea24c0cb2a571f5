import { FRAME_HEADER_BYTES } from '@zdmkit/protocol'
export const X: number = FRAME_HEADER_BYTES + 1
