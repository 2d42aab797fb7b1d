import { messageOf } from '../errors.ts';
import { answerText } from './answer-text.ts';
import { refusal } from './refusal.ts';

const timeoutMs = 10_000;
const mostAnswerBytes = 10_000;

interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** For messages. */
  readonly repository: string;
  readonly commit: string;
  /** A refusal that means that it is so already. */
  readonly isSoAlready?: (status: number, said: string) => boolean;
}

/** Posts JSON to a Git host's API, once, for at most 10 s; WindlassError `git` where it is refused or not answered. */
export async function postStatus({ url, headers, body, repository, commit, isSoAlready }: Post): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'windlass' },
    body: JSON.stringify(body),
    // A token goes to the Git host and to nobody it points to.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => Promise.reject(refusal({ status: 0, said: unanswered(cause), repository, commit, cause })));
  const { status } = response;
  const text = await answerText(response, mostAnswerBytes).catch(() => '');
  const said = status >= 300 && status < 400 ? `HTTP ${status} to ${response.headers.get('location')}` : wordsOf(text) || `HTTP ${status}`;
  if (!response.ok && !isSoAlready?.(status, said)) throw refusal({ status, said, repository, commit });
}

const unanswered = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);

/** `{"message": …}` of GitLab and Gitea, `{"error": {"message": …}}` and `{"errors": [{"message": …}]}` of Bitbucket. */
function wordsOf(text: string): string {
  try {
    return words(JSON.parse(text));
  } catch {
    return text.trim();
  }
}

function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(words).find((one) => one !== '') ?? '';
  if (typeof value !== 'object' || value === null) return '';
  const named = new Map(Object.entries(value));
  return ['message', 'error_description', 'error', 'errors'].map((name) => words(named.get(name))).find((one) => one !== '') ?? '';
}
