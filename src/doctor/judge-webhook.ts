import type { Finding } from '../model/documents.ts';
import { findingsOf } from './finding.ts';

/** What became of a signed request that windlass sent to itself by the way that a Git host's take. */
export type WebhookFacts =
  | {
      readonly kind: 'answered';
      readonly url: string;
      readonly status: number;
      readonly reason: string;
      readonly location?: string | undefined;
    }
  | { readonly kind: 'unanswered'; readonly url: string; readonly error: string };

/** `remote`: the pushes come from a Git host, not from a repository of this machine. */
export function judgeWebhook(facts: WebhookFacts, remote: boolean): readonly Finding[] {
  const { ok, advice, wrong } = findingsOf('webhook', new URL(facts.url).origin);
  if (facts.kind === 'unanswered') return [wrong(`nothing answers at ${facts.url}: ${facts.error}`, cureOfSilence(facts.error))];
  const { url, status, reason, location } = facts;
  if (status !== 200) return [wrong(`${url} answered ${status}${reason === '' ? '' : `: ${reason}`}`, cureOfAnswer(status, location))];
  const findings = [ok('a signed webhook to WINDLASS_PUBLIC_URL was answered as it should be')];
  const { hostname, protocol } = new URL(url);
  if (remote && isLoopback(hostname)) {
    findings.push(
      advice(
        `${hostname} is this machine for everybody: no Git host can reach it`,
        'set WINDLASS_PUBLIC_URL to how the Git host reaches the controller; until then pushes are found by polling',
      ),
    );
  } else if (remote && protocol === 'http:') {
    findings.push(advice('webhooks come over plain HTTP', 'put a proxy with TLS before it, and https:// into WINDLASS_PUBLIC_URL'));
  }
  return findings;
}

function cureOfSilence(error: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(error)) return 'the name has no address: see DNS, and WINDLASS_PUBLIC_URL for a slip';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(error))
    return 'it answers in plain HTTP: put a proxy with TLS before it, or write http:// into WINDLASS_PUBLIC_URL';
  if (/certificate|self.signed|TLS|SSL|CERT_/i.test(error))
    return 'its certificate does not convince: Git hosts refuse it too; renew it, or give Node the authority (NODE_EXTRA_CA_CERTS)';
  if (/ECONNREFUSED/.test(error)) return 'nothing listens there: see the proxy, WINDLASS_LISTEN and WINDLASS_PUBLIC_URL';
  return 'see proxy and firewall between it and WINDLASS_LISTEN; a router that cannot send packets back to its own network shows the same, then try from outside';
}

function cureOfAnswer(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400)
    return `it redirects${location === undefined ? '' : ` to ${location}`}, which Git hosts do not follow: set WINDLASS_PUBLIC_URL to the final address`;
  if (status === 401)
    return 'another windlass answers there, or a proxy changes body or headers: both must reach this one as they were sent';
  if (status === 404) return 'the path does not arrive: have the proxy pass /hooks/ on unchanged, and see WINDLASS_PUBLIC_URL';
  if (status === 413) return 'the proxy allows too small a body: 3 MB are needed (nginx: client_max_body_size 4m)';
  if (status === 502 || status === 504) return 'the proxy does not reach the controller: see its upstream and WINDLASS_LISTEN';
  return 'see the log of the proxy and of the controller';
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
