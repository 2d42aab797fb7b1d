/** A push of 20 commits is under 100 KB; GitHub would send up to 25 MB. */
export const mostBodyBytes = 3 * 2 ** 20;

/** Of all bodies that are being read at one time. */
export const mostBytesInFlight = 64 * 2 ** 20;
