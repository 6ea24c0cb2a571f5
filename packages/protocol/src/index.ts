export const FRAME_HEADER_BYTES = 9
