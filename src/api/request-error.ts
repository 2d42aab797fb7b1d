/** A request that the API refuses for itself: its HTTP status, a stable code and a sentence for the one who asked. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly code: RequestErrorCode;

  constructor(status: number, code: RequestErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type RequestErrorCode =
  | 'input' // a name, query or body that cannot be read
  | 'unauthorized' // no or a wrong token
  | 'too-many-requests' // too many wrong tokens from this address
  | 'foreign' // a form that another site's page sent
  | 'unknown-route'; // nothing answers here
