/** Bounds of every server that windlass opens, after flux notification-controller's; a client that is slower is cut off. */
export const serverLimits = {
  /** Milliseconds for the whole head of a request. */
  headersTimeout: 10_000,
  /** Milliseconds for a whole request; an answer may take as long as it likes. */
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  /** How often Node looks for connections that are over their time. */
  connectionsCheckingInterval: 1_000,
  /** Bytes. */
  maxHeaderSize: 16_384,
} as const;

/** A push of 20 commits is under 100 KB; GitHub would send up to 25 MB. */
export const mostBodyBytes = 3 * 2 ** 20;

/** Of all bodies that are being read at one time. */
export const mostBytesInFlight = 64 * 2 ** 20;
